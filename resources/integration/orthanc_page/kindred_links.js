"use strict";

// A kindred:// link to a study of an archive; null where the UID is none.
function kindredLink(archive, studyUid) {
  const isUid = /^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+$/.test(studyUid) && studyUid.length <= 64;
  return isUid ? `kindred://open?archive=${archive}&study=${studyUid}` : null;
}

// A row of the table: texts from the archive are only ever texts of the page, never its code.
function rowOf(page, archive, study) {
  const row = page.createElement("tr");
  const tags = study.MainDicomTags || {}, patient = study.PatientMainDicomTags || {};
  const words = [patient.PatientName, patient.PatientID, tags.StudyDate, tags.StudyDescription];
  for (const text of words) {
    const cell = page.createElement("td");
    cell.textContent = text || "";
    row.appendChild(cell);
  }
  const cell = page.createElement("td"), link = kindredLink(archive, tags.StudyInstanceUID || "");
  if (link !== null) {
    const anchor = page.createElement("a");
    anchor.href = link;
    anchor.textContent = "Open with Kindred";
    cell.appendChild(anchor);
  }
  row.appendChild(cell);
  return row;
}

// The newest studies of the Orthanc that serves this page.
async function listStudies(page, archive, most) {
  const answer = await fetch(`../studies?expand&since=0&limit=${most}`);
  const studies = await answer.json();
  studies.sort((a, b) => (b.LastUpdate || "").localeCompare(a.LastUpdate || ""));
  const body = page.querySelector("tbody");
  for (const study of studies) body.appendChild(rowOf(page, archive, study));
}
