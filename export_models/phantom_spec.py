"""What decides one phantom: its body, its disease, and everything that must not matter.

Disease and nuisance are drawn from separate random streams, so that one can be held while
the other changes: `dataclasses.replace(spec, kvp=90)` leaves the truth as it was.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Device = Literal["ecg", "central line", "tracheal tube", "pacemaker"]

DEVICES: tuple[Device, ...] = ("ecg", "central line", "tracheal tube", "pacemaker")


@dataclass(frozen=True, slots=True)
class PhantomSpec:
    """Everything that decides one phantom.

    Attributes:
        seed: Decides the body's details (vessels, proportions) and where a consolidation
            lies. Images of one patient share it.
        effusion_right, effusion_left: Volume in [0, 1] on the patient's right and left: 0.05
            just blunts the costophrenic angle, 1 whitens the whole side.
        consolidation_right, consolidation_left: Share of that lung's area in [0, 1].
        consolidation_density: Share of the air replaced where consolidated, in (0, 1].
        patient_number: At least 0; makes the invented PatientID and name.
        image_number: Tells the images of one patient apart; also decides the noise.
        sex: "M" or "F".
        age: In years.
        view: "PA" or "AP".
        habitus: -1 slender to 1 stout.
        rotation_deg: Of the patient about the long axis; positive turns the sternum to the
            image's right.
        inspiration: 0 shallow to 1 deep.
        kvp: Tube voltage, 80 to 130; a lower one shows more bone.
        exposure: Of the detector, relative: 0.3 is grainy, 3 is smooth.
        tilt_deg: Of the whole image, as when the detector is not level.
        devices: What is on and in the patient.
        marker: Lead letter beside the shoulder: "L", "R" or "".
        lettering: Text burned into the pixels, or "".
        is_monochrome1: Whether the file stores low values as white.
    """

    seed: int
    effusion_right: float = 0.0
    effusion_left: float = 0.0
    consolidation_right: float = 0.0
    consolidation_left: float = 0.0
    consolidation_density: float = 0.7
    patient_number: int = 0
    image_number: int = 0
    sex: Literal["M", "F"] = "M"
    age: int = 60
    view: Literal["PA", "AP"] = "PA"
    habitus: float = 0.0
    rotation_deg: float = 0.0
    inspiration: float = 0.8
    kvp: float = 120.0
    exposure: float = 1.0
    tilt_deg: float = 0.0
    devices: tuple[Device, ...] = ()
    marker: Literal["L", "R", ""] = "L"
    lettering: str = ""
    is_monochrome1: bool = False

    def __post_init__(self) -> None:
        shares = (*self.effusions, *self.consolidations, self.inspiration)
        if not all(0.0 <= share <= 1.0 for share in shares):
            raise ValueError(f"findings and inspiration lie in [0, 1], got {shares}")
        if not 0.0 < self.consolidation_density <= 1.0:
            raise ValueError(f"density lies in (0, 1], got {self.consolidation_density}")
        if not (80 <= self.kvp <= 130 and self.exposure > 0 and -1 <= self.habitus <= 1):
            raise ValueError("kvp lies in 80-130, exposure above 0, habitus in [-1, 1]")
        if not set(self.devices) <= set(DEVICES):
            raise ValueError(f"unknown device in {self.devices}")

    @property
    def effusions(self) -> tuple[float, float]:
        """Volumes on the patient's right and left."""
        return self.effusion_right, self.effusion_left

    @property
    def consolidations(self) -> tuple[float, float]:
        """Extents on the patient's right and left."""
        return self.consolidation_right, self.consolidation_left

    @property
    def findings(self) -> tuple[str, ...]:
        """Names as in the labels table; ("No finding",) where there is none."""
        names = []
        if max(self.effusions) > 0:
            names.append("Effusion")
        if max(self.consolidations) > 0:
            names.append("Consolidation")
        return tuple(names) or ("No finding",)

    @property
    def severity(self) -> dict[str, float]:
        """The truth in numbers, each 0 to 8: the sum of 0 to 4 for each side.

        `effusion_severity` is four times the volume; `severity_extent` four times the share
        of the side that either disease involves; `severity_opacity` how dense the densest is.
        """
        sides = tuple(zip(self.effusions, self.consolidations, strict=True))
        density = self.consolidation_density
        extent = sum(4.0 * min(1.0, fluid + patches) for fluid, patches in sides)
        opacity = sum(
            4.0 * max(0.4 + 0.6 * fluid if fluid else 0.0, density if patches else 0.0)
            for fluid, patches in sides
        )
        return {
            "severity_extent": round(extent, 2),
            "severity_opacity": round(opacity, 2),
            "effusion_severity": round(4.0 * sum(self.effusions), 2),
        }

    @property
    def patient_id(self) -> str:
        """Invented, and marked as such."""
        return f"PHANTOM-{self.patient_number:04d}"


def random_spec(
    seed: int, *, patient_number: int = 0, image_number: int = 0, is_diseased: bool | None = None
) -> PhantomSpec:
    """Draw one phantom: about 40 % effusion, 20 % consolidation, some both, 40 % neither.

    Args:
        seed: Of the patient: the same one gives the same body.
        patient_number, image_number: As in `PhantomSpec`. Another image of the same patient
            has its own disease, position and exposure, but the same bones.
        is_diseased: True or False to have that; None to draw it with the shares above.
    """
    body = np.random.default_rng([seed, 1])
    disease = np.random.default_rng([seed, 2, image_number])
    nuisance = np.random.default_rng([seed, 3, image_number])
    effusions, consolidations = _draw_findings(disease, is_diseased)
    view: Literal["PA", "AP"] = "AP" if nuisance.random() < 0.3 else "PA"
    habitus = float(np.clip(body.normal(0.0, 0.45), -1, 1))
    marker = nuisance.choice(["L", "R", ""], p=[0.65, 0.25, 0.1])
    number = f"PHANTOM {patient_number:04d}"
    lettering = nuisance.choice(
        ["", number, f"{view} ERECT", f"{number} {view}"], p=[0.7] + [0.1] * 3
    )
    chances = (0.5, 0.3, 0.15, 0.1) if view == "AP" else (0.06, 0.06, 0.0, 0.07)
    return PhantomSpec(
        seed=seed,
        effusion_right=effusions[0],
        effusion_left=effusions[1],
        consolidation_right=consolidations[0],
        consolidation_left=consolidations[1],
        consolidation_density=round(float(disease.uniform(0.45, 0.9)), 3),
        patient_number=patient_number,
        image_number=image_number,
        sex="F" if body.random() < 0.48 else "M",
        age=int(body.integers(22, 88)),
        view=view,
        habitus=round(habitus, 3),
        rotation_deg=round(float(np.clip(nuisance.normal(0, 2.5), -7, 7)), 2),
        inspiration=round(float(nuisance.beta(3.0, 1.6 if view == "PA" else 3.0)), 3),
        kvp=round(float(nuisance.uniform(85, 100) if view == "AP" else nuisance.uniform(105, 130))),
        exposure=round(float(np.exp(nuisance.normal(0.0, 0.4))), 3),
        tilt_deg=round(float(nuisance.normal(0.0, 1.2)), 2),
        devices=tuple(
            device
            for device, chance in zip(DEVICES, chances, strict=True)
            if nuisance.random() < chance
        ),
        marker=marker.item(),
        lettering=lettering.item(),
        is_monochrome1=bool(nuisance.random() < 0.4),
    )


def _draw_findings(
    disease: np.random.Generator, is_diseased: bool | None
) -> tuple[list[float], list[float]]:
    """Volumes and extents on (right, left)."""
    effusions, consolidations = [0.0, 0.0], [0.0, 0.0]
    kind = disease.choice(["effusion", "consolidation", "both", "none"], p=[0.34, 0.2, 0.06, 0.4])
    if is_diseased is False:
        return effusions, consolidations
    if is_diseased and kind == "none":
        kind = disease.choice(["effusion", "consolidation", "both"], p=[0.6, 0.3, 0.1])
    side = int(disease.random() < 0.45)
    if kind in ("effusion", "both"):
        effusions[side] = round(0.08 + 0.8 * float(disease.beta(1.2, 1.8)), 3)
        if disease.random() < 0.35:
            effusions[1 - side] = round(0.07 + 0.4 * float(disease.beta(1.2, 2.0)), 3)
    if kind in ("consolidation", "both"):
        lung = int(disease.random() < 0.45)
        consolidations[lung] = round(0.07 + 0.5 * float(disease.beta(1.3, 1.8)), 3)
        if disease.random() < 0.35:
            consolidations[1 - lung] = round(0.05 + 0.3 * float(disease.beta(1.2, 2.0)), 3)
    return effusions, consolidations
