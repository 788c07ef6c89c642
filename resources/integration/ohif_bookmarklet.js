javascript:(() => {
  const archive = "hospital"; /* as in Kindred's settings: [archives.hospital] */
  const asked = new URLSearchParams(location.search).get("StudyInstanceUIDs") || "";
  const study = asked.split(",")[0];
  if (/^[0-9.]{3,64}$/.test(study)) {
    location.href = `kindred://open?archive=${archive}&study=${study}`;
  } else {
    alert("Open a study in OHIF first.");
  }
})();
