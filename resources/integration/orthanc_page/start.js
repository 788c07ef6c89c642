"use strict";

// "orthanc" is the name of the archive in Kindred's settings: [archives.orthanc]
document.addEventListener("DOMContentLoaded", () => listStudies(document, "orthanc", 200));
