<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name></name>
    <message>
        <source>Shows the most similar past radiographs beside a case, and on which regions that similarity rests.</source>
        <translation>Zeigt neben einem Fall die ähnlichsten früheren Röntgenaufnahmen, und auf welchen Regionen diese Ähnlichkeit beruht.</translation>
    </message>
    <message>
        <source>About Kindred</source>
        <translation>Über Kindred</translation>
    </message>
    <message>
        <source>Research use only. Not a medical device, not for diagnosis.</source>
        <translation>Nur für die Forschung. Kein Medizinprodukt, nicht zur Diagnose.</translation>
    </message>
    <message>
        <source>Versions</source>
        <translation>Versionen</translation>
    </message>
    <message>
        <source>Licences</source>
        <translation>Lizenzen</translation>
    </message>
    <message>
        <source>Copy for a report</source>
        <translation>Für einen Bericht kopieren</translation>
    </message>
    <message>
        <source>The versions as text, without names, files or folders in it</source>
        <translation>Die Versionen als Text, ohne Namen, Dateien und Ordner</translation>
    </message>
    <message>
        <source>Libraries</source>
        <translation>Bibliotheken</translation>
    </message>
    <message>
        <source>Text of the licence</source>
        <translation>Text der Lizenz</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
    <message>
        <source>System</source>
        <translation>System</translation>
    </message>
    <message>
        <source>Models run on</source>
        <translation>Modelle laufen auf</translation>
    </message>
    <message>
        <source>no model is loaded</source>
        <translation>kein Modell geladen</translation>
    </message>
    <message>
        <source>Bundle</source>
        <translation>Modellpaket</translation>
    </message>
    <message>
        <source>Bundle&apos;s SHA-256</source>
        <translation>SHA-256 des Pakets</translation>
    </message>
    <message>
        <source>Catalogue</source>
        <translation>Katalog</translation>
    </message>
    <message>
        <source>{count:,} cases by {methods}</source>
        <translation>{count} Fälle nach {methods}</translation>
    </message>
    <message>
        <source>Screens</source>
        <translation>Bildschirme</translation>
    </message>
    <message>
        <source>{licence}

This library brings no text of its licence. {page}</source>
        <translation>{licence}

Diese Bibliothek bringt keinen Lizenztext mit. {page}</translation>
    </message>
    <message>
        <source>see its text</source>
        <translation>siehe den Text</translation>
    </message>
    <message>
        <source>{width} × {height} at {ratio:g}</source>
        <translation>{width} × {height} bei {ratio:g}</translation>
    </message>
    <message>
        <source>Open a radiograph first.</source>
        <translation>Öffnen Sie zuerst eine Röntgenaufnahme.</translation>
    </message>
    <message>
        <source>Fetching from {archive}…</source>
        <translation>Wird aus {archive} geholt…</translation>
    </message>
    <message>
        <source>Searching {archive}…</source>
        <translation>{archive} wird durchsucht…</translation>
    </message>
    <message>
        <source>Looking for previous studies in {archive}…</source>
        <translation>Voruntersuchungen werden in {archive} gesucht…</translation>
    </message>
    <message>
        <source>Fetching the prior from {archive}…</source>
        <translation>Die Voraufnahme wird aus {archive} geholt…</translation>
    </message>
    <message>
        <source>Stopped.</source>
        <translation>Angehalten.</translation>
    </message>
    <message>
        <source>This is a fault in the program.</source>
        <translation>Das ist ein Fehler im Programm.</translation>
    </message>
    <message>
        <source>Radiographs of the study</source>
        <translation>Röntgenaufnahmen der Studie</translation>
    </message>
    <message>
        <source>This study has {count} radiographs. Which one?</source>
        <translation>Diese Studie hat {count} Aufnahmen. Welche soll es sein?</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>Passwort</translation>
    </message>
    <message>
        <source>Keep it in this computer&apos;s keyring</source>
        <translation>Im Schlüsselbund dieses Rechners behalten</translation>
    </message>
    <message>
        <source>That study is of another patient, so it is no prior. Open it as a query instead.</source>
        <translation>Diese Studie ist von einem anderen Patienten, also keine Voraufnahme. Öffnen Sie sie stattdessen als Anfrage.</translation>
    </message>
    <message>
        <source>Prior radiograph</source>
        <translation>Voraufnahme</translation>
    </message>
    <message>
        <source>An earlier study of the same patient, and no case</source>
        <translation>Eine frühere Studie desselben Patienten, kein Fall des Katalogs</translation>
    </message>
    <message>
        <source>from {archive}</source>
        <translation>aus {archive}</translation>
    </message>
    <message>
        <source>Put the prior away</source>
        <translation>Voraufnahme weglegen</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>Empfangen</translation>
    </message>
    <message>
        <source>Receive radiographs that other systems send</source>
        <translation>Aufnahmen empfangen, die andere Systeme senden</translation>
    </message>
    <message>
        <source>DICOM C-STORE; off again when the window is closed</source>
        <translation>DICOM C-STORE; beim Schließen des Fensters wieder aus</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>Antwort</translation>
    </message>
    <message>
        <source>Received radiographs</source>
        <translation>Empfangene Röntgenaufnahmen</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>The receiver is off.</source>
        <translation>Der Empfänger ist aus.</translation>
    </message>
    <message>
        <source>is being analysed…</source>
        <translation>wird analysiert…</translation>
    </message>
    <message>
        <source>not analysed</source>
        <translation>nicht analysiert</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Wird gestartet…</translation>
    </message>
    <message>
        <source>Listens at {host}, port {port}, as {title}, to {senders}. Files go to {folder}.</source>
        <translation>Empfängt an {host}, Port {port}, als {title}, von {senders}. Dateien kommen nach {folder}.</translation>
    </message>
    <message>
        <source>this computer alone</source>
        <translation>nur diesem Rechner</translation>
    </message>
    <message>
        <source>Received from {sender}: {answer}.</source>
        <translation>Empfangen von {sender}: {answer}.</translation>
    </message>
    <message>
        <source>What was received is in the catalogue when it is opened again.</source>
        <translation>Was empfangen wurde, ist im Katalog, wenn er erneut geöffnet wird.</translation>
    </message>
    <message>
        <source>Refused: {reason}.</source>
        <translation>Abgelehnt: {reason}.</translation>
    </message>
    <message>
        <source>Date</source>
        <translation>Datum</translation>
    </message>
    <message>
        <source>Patient</source>
        <translation>Patient</translation>
    </message>
    <message>
        <source>Patient id</source>
        <translation>Patienten-ID</translation>
    </message>
    <message>
        <source>Modality</source>
        <translation>Modalität</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>Beschreibung</translation>
    </message>
    <message>
        <source>Accession</source>
        <translation>Auftragsnr.</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Studies</source>
        <translation>Studien</translation>
    </message>
    <message>
        <source>From an archive</source>
        <translation>Aus einem Archiv</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>As the query (Enter)</source>
        <translation>Als Anfrage (Eingabe)</translation>
    </message>
    <message>
        <source>Show as prior</source>
        <translation>Als Voraufnahme zeigen</translation>
    </message>
    <message>
        <source>Beside the query (Shift+Enter)</source>
        <translation>Neben der Anfrage (Umschalt+Eingabe)</translation>
    </message>
    <message>
        <source>Type what you know, and press Enter.</source>
        <translation>Geben Sie ein, was Sie wissen, und drücken Sie die Eingabetaste.</translation>
    </message>
    <message>
        <source>No archive is configured. Add one to {file}:
[archives.hospital]
url = &quot;https://pacs.example.org/dicom-web&quot;</source>
        <translation>Es ist kein Archiv eingerichtet. Tragen Sie eines in {file} ein:
[archives.hospital]
url = &quot;https://pacs.example.org/dicom-web&quot;</translation>
    </message>
    <message>
        <source>{count} studies.</source>
        <translation>{count} Studien.</translation>
    </message>
    <message>
        <source>One study.</source>
        <translation>Eine Studie.</translation>
    </message>
    <message>
        <source>Nothing matches. Ask for less, or look at the spelling.</source>
        <translation>Keine Treffer. Fragen Sie nach weniger, oder prüfen Sie die Schreibweise.</translation>
    </message>
    <message>
        <source>Studies of {archive} that match</source>
        <translation>Passende Studien in {archive}</translation>
    </message>
    <message>
        <source>Previous studies of the open radiograph&apos;s patient in {archive}</source>
        <translation>Voruntersuchungen des Patienten der geöffneten Aufnahme in {archive}</translation>
    </message>
    <message>
        <source>Enter shows one beside the query.</source>
        <translation>Eingabe zeigt eine neben der Anfrage.</translation>
    </message>
    <message>
        <source>The archive has no earlier radiographs of this patient.</source>
        <translation>Das Archiv hat keine früheren Aufnahmen dieses Patienten.</translation>
    </message>
    <message>
        <source>Archive</source>
        <translation>Archiv</translation>
    </message>
    <message>
        <source>Accession number</source>
        <translation>Auftragsnummer (Accession Number)</translation>
    </message>
    <message>
        <source>First study date</source>
        <translation>Studiendatum von</translation>
    </message>
    <message>
        <source>Last study date</source>
        <translation>Studiendatum bis</translation>
    </message>
    <message>
        <source>any</source>
        <translation>beliebig</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Previous studies</source>
        <translation>Voruntersuchungen</translation>
    </message>
    <message>
        <source>Of the open radiograph&apos;s patient</source>
        <translation>Des Patienten der geöffneten Aufnahme</translation>
    </message>
    <message>
        <source>archive</source>
        <translation>Archiv</translation>
    </message>
    <message>
        <source>modality</source>
        <translation>Modalität</translation>
    </message>
    <message>
        <source>patient id</source>
        <translation>Patienten-ID</translation>
    </message>
    <message>
        <source>accession</source>
        <translation>Auftragsnr.</translation>
    </message>
    <message>
        <source>from</source>
        <translation>von</translation>
    </message>
    <message>
        <source>to</source>
        <translation>bis</translation>
    </message>
    <message>
        <source>{text} is no date; type it as 2026-03-01.</source>
        <translation>{text} ist kein Datum; geben Sie es als 2026-03-01 ein.</translation>
    </message>
    <message>
        <source>no date</source>
        <translation>ohne Datum</translation>
    </message>
    <message>
        <source>no. {number}</source>
        <translation>Nr. {number}</translation>
    </message>
    <message>
        <source>prior · {date}</source>
        <translation>Voraufnahme · {date}</translation>
    </message>
    <message>
        <source>yesterday</source>
        <translation>gestern</translation>
    </message>
    <message>
        <source>today</source>
        <translation>heute</translation>
    </message>
    <message>
        <source>{count} days ago</source>
        <translation>vor {count} Tagen</translation>
    </message>
    <message>
        <source>{count} months ago</source>
        <translation>vor {count} Monaten</translation>
    </message>
    <message>
        <source>{count} years ago</source>
        <translation>vor {count} Jahren</translation>
    </message>
    <message>
        <source>Ctrl</source>
        <translation>Strg</translation>
    </message>
    <message>
        <source>Shift</source>
        <translation>Umschalt</translation>
    </message>
    <message>
        <source>Del</source>
        <translation>Entf</translation>
    </message>
    <message>
        <source>Left</source>
        <translation>Links</translation>
    </message>
    <message>
        <source>Right</source>
        <translation>Rechts</translation>
    </message>
    <message>
        <source>Cases</source>
        <translation>Fälle</translation>
    </message>
    <message>
        <source>The catalogue</source>
        <translation>Der Katalog</translation>
    </message>
    <message>
        <source>Looking</source>
        <translation>Betrachten</translation>
    </message>
    <message>
        <source>Window and level</source>
        <translation>Fensterung</translation>
    </message>
    <message>
        <source>Layout</source>
        <translation>Anordnung</translation>
    </message>
    <message>
        <source>Measuring</source>
        <translation>Messen</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Weiteres</translation>
    </message>
    <message>
        <source>open a radiograph</source>
        <translation>eine Röntgenaufnahme öffnen</translation>
    </message>
    <message>
        <source>Radiograph…</source>
        <translation>Röntgenaufnahme…</translation>
    </message>
    <message>
        <source>open a folder of past cases</source>
        <translation>einen Ordner mit früheren Fällen öffnen</translation>
    </message>
    <message>
        <source>Folder of past cases…</source>
        <translation>Ordner mit früheren Fällen…</translation>
    </message>
    <message>
        <source>look through a folder or disc</source>
        <translation>einen Ordner oder Datenträger durchsehen</translation>
    </message>
    <message>
        <source>Browse a folder or disc…</source>
        <translation>Ordner oder Datenträger durchsehen…</translation>
    </message>
    <message>
        <source>open the folder&apos;s catalogue again</source>
        <translation>den Katalog des Ordners erneut öffnen</translation>
    </message>
    <message>
        <source>Open it again</source>
        <translation>Erneut öffnen</translation>
    </message>
    <message>
        <source>select case {rank}</source>
        <translation>Fall {rank} wählen</translation>
    </message>
    <message>
        <source>search an archive</source>
        <translation>ein Archiv durchsuchen</translation>
    </message>
    <message>
        <source>From an archive…</source>
        <translation>Aus einem Archiv…</translation>
    </message>
    <message>
        <source>the patient&apos;s previous studies</source>
        <translation>die Voruntersuchungen des Patienten</translation>
    </message>
    <message>
        <source>Previous studies…</source>
        <translation>Voruntersuchungen…</translation>
    </message>
    <message>
        <source>what was sent here</source>
        <translation>was hierher gesendet wurde</translation>
    </message>
    <message>
        <source>Received…</source>
        <translation>Empfangene…</translation>
    </message>
    <message>
        <source>compare the retrieval methods</source>
        <translation>die Suchverfahren vergleichen</translation>
    </message>
    <message>
        <source>next kind of map: why these two</source>
        <translation>nächste Art von Karte: warum diese beiden</translation>
    </message>
    <message>
        <source>choose a place or a region by arrows</source>
        <translation>eine Stelle oder Region mit Pfeiltasten wählen</translation>
    </message>
    <message>
        <source>Place by keys</source>
        <translation>Stelle mit Tasten</translation>
    </message>
    <message>
        <source>export the comparison</source>
        <translation>den Vergleich exportieren</translation>
    </message>
    <message>
        <source>return results as DICOM</source>
        <translation>Ergebnisse als DICOM zurückgeben</translation>
    </message>
    <message>
        <source>Return as DICOM…</source>
        <translation>Als DICOM zurückgeben…</translation>
    </message>
    <message>
        <source>which cases may be found</source>
        <translation>welche Fälle gefunden werden dürfen</translation>
    </message>
    <message>
        <source>findings and severity of the nearest</source>
        <translation>Befunde und Schweregrad der nächsten</translation>
    </message>
    <message>
        <source>take the last relevance mark back</source>
        <translation>die letzte Bewertung zurücknehmen</translation>
    </message>
    <message>
        <source>keep the selected case in the tray</source>
        <translation>den gewählten Fall in der Ablage behalten</translation>
    </message>
    <message>
        <source>the query before</source>
        <translation>die Anfrage davor</translation>
    </message>
    <message>
        <source>the query after</source>
        <translation>die Anfrage danach</translation>
    </message>
    <message>
        <source>tags of the query&apos;s file</source>
        <translation>Tags der Datei der Anfrage</translation>
    </message>
    <message>
        <source>Tags of this file…</source>
        <translation>Tags dieser Datei…</translation>
    </message>
    <message>
        <source>map of the catalogue: cases that are alike side by side</source>
        <translation>Karte des Katalogs: ähnliche Fälle nebeneinander</translation>
    </message>
    <message>
        <source>Map of the catalogue…</source>
        <translation>Karte des Katalogs…</translation>
    </message>
    <message>
        <source>what is looked at in one class more than in another</source>
        <translation>worauf in einer Klasse mehr geachtet wird als in einer anderen</translation>
    </message>
    <message>
        <source>Compare two classes…</source>
        <translation>Zwei Klassen vergleichen…</translation>
    </message>
    <message>
        <source>overlay on or off</source>
        <translation>Karte ein oder aus</translation>
    </message>
    <message>
        <source>Overlay</source>
        <translation>Karte</translation>
    </message>
    <message>
        <source>link or unlink the panes</source>
        <translation>die Bildfelder koppeln oder entkoppeln</translation>
    </message>
    <message>
        <source>Link all panes</source>
        <translation>Alle Bildfelder koppeln</translation>
    </message>
    <message>
        <source>fit to the pane</source>
        <translation>in das Bildfeld einpassen</translation>
    </message>
    <message>
        <source>Fit to the pane</source>
        <translation>Einpassen</translation>
    </message>
    <message>
        <source>pixel for pixel, 1 : 1</source>
        <translation>Pixel für Pixel, 1 : 1</translation>
    </message>
    <message>
        <source>Pixel for pixel (1 : 1)</source>
        <translation>Pixel für Pixel (1 : 1)</translation>
    </message>
    <message>
        <source>turn by 90° clockwise</source>
        <translation>um 90° im Uhrzeigersinn drehen</translation>
    </message>
    <message>
        <source>Turn right by 90°</source>
        <translation>Um 90° nach rechts drehen</translation>
    </message>
    <message>
        <source>turn by 90° the other way</source>
        <translation>um 90° andersherum drehen</translation>
    </message>
    <message>
        <source>Turn left by 90°</source>
        <translation>Um 90° nach links drehen</translation>
    </message>
    <message>
        <source>exchange left and right</source>
        <translation>links und rechts vertauschen</translation>
    </message>
    <message>
        <source>Flip left and right</source>
        <translation>Links und rechts spiegeln</translation>
    </message>
    <message>
        <source>magnifier at the cursor, while held</source>
        <translation>Lupe am Mauszeiger, solange gedrückt</translation>
    </message>
    <message>
        <source>Magnifier (hold)</source>
        <translation>Lupe (gedrückt halten)</translation>
    </message>
    <message>
        <source>reset all of this and the window</source>
        <translation>all dies und die Fensterung zurücksetzen</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>invert</source>
        <translation>invertieren</translation>
    </message>
    <message>
        <source>Invert</source>
        <translation>Invertieren</translation>
    </message>
    <message>
        <source>smooth S or straight ramp</source>
        <translation>weiche S-Kurve oder gerade Rampe</translation>
    </message>
    <message>
        <source>Sigmoid</source>
        <translation>Sigmoid</translation>
    </message>
    <message>
        <source>next preset, the file&apos;s own first</source>
        <translation>nächste Voreinstellung, zuerst die der Datei</translation>
    </message>
    <message>
        <source>Next preset</source>
        <translation>Nächste Voreinstellung</translation>
    </message>
    <message>
        <source>as the file asks for</source>
        <translation>wie in der Datei vorgesehen</translation>
    </message>
    <message>
        <source>As the file asks for</source>
        <translation>Wie in der Datei vorgesehen</translation>
    </message>
    <message>
        <source>full range</source>
        <translation>voller Bereich</translation>
    </message>
    <message>
        <source>Full range</source>
        <translation>Voller Bereich</translation>
    </message>
    <message>
        <source>automatic, 1st to 99th percentile</source>
        <translation>automatisch, 1. bis 99. Perzentil</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>contrast for lungs: the darker part</source>
        <translation>Kontrast für die Lunge: der dunklere Teil</translation>
    </message>
    <message>
        <source>Lungs</source>
        <translation>Lunge</translation>
    </message>
    <message>
        <source>contrast for bones: the brighter part</source>
        <translation>Kontrast für Knochen: der hellere Teil</translation>
    </message>
    <message>
        <source>Bones</source>
        <translation>Knochen</translation>
    </message>
    <message>
        <source>the query alone</source>
        <translation>die Anfrage allein</translation>
    </message>
    <message>
        <source>Query only</source>
        <translation>Nur die Anfrage</translation>
    </message>
    <message>
        <source>query and one case</source>
        <translation>Anfrage und ein Fall</translation>
    </message>
    <message>
        <source>Query and 1 case</source>
        <translation>Anfrage und 1 Fall</translation>
    </message>
    <message>
        <source>two cases against each other</source>
        <translation>zwei Fälle gegeneinander</translation>
    </message>
    <message>
        <source>Two cases</source>
        <translation>Zwei Fälle</translation>
    </message>
    <message>
        <source>query and four cases</source>
        <translation>Anfrage und vier Fälle</translation>
    </message>
    <message>
        <source>Query and 4 cases</source>
        <translation>Anfrage und 4 Fälle</translation>
    </message>
    <message>
        <source>query and nine cases</source>
        <translation>Anfrage und neun Fälle</translation>
    </message>
    <message>
        <source>Query and 9 cases</source>
        <translation>Anfrage und 9 Fälle</translation>
    </message>
    <message>
        <source>more room for the query</source>
        <translation>mehr Platz für die Anfrage</translation>
    </message>
    <message>
        <source>less room for the query</source>
        <translation>weniger Platz für die Anfrage</translation>
    </message>
    <message>
        <source>more room for the record</source>
        <translation>mehr Platz für die Falldaten</translation>
    </message>
    <message>
        <source>less room for the record</source>
        <translation>weniger Platz für die Falldaten</translation>
    </message>
    <message>
        <source>full screen</source>
        <translation>Vollbild</translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation>Vollbild</translation>
    </message>
    <message>
        <source>query in a second window, or back</source>
        <translation>Anfrage in ein zweites Fenster, oder zurück</translation>
    </message>
    <message>
        <source>Query apart</source>
        <translation>Anfrage getrennt</translation>
    </message>
    <message>
        <source>similar cases in a second window, or back</source>
        <translation>ähnliche Fälle in ein zweites Fenster, oder zurück</translation>
    </message>
    <message>
        <source>Similar cases apart</source>
        <translation>Ähnliche Fälle getrennt</translation>
    </message>
    <message>
        <source>window to the next screen</source>
        <translation>Fenster auf den nächsten Bildschirm</translation>
    </message>
    <message>
        <source>To the next screen</source>
        <translation>Auf den nächsten Bildschirm</translation>
    </message>
    <message>
        <source>length</source>
        <translation>Länge</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>Länge</translation>
    </message>
    <message>
        <source>angle</source>
        <translation>Winkel</translation>
    </message>
    <message>
        <source>Angle</source>
        <translation>Winkel</translation>
    </message>
    <message>
        <source>cardiothoracic ratio</source>
        <translation>Herz-Thorax-Quotient</translation>
    </message>
    <message>
        <source>Cardiothoracic ratio</source>
        <translation>Herz-Thorax-Quotient</translation>
    </message>
    <message>
        <source>ellipse: mean, SD, area</source>
        <translation>Ellipse: Mittelwert, SD, Fläche</translation>
    </message>
    <message>
        <source>Ellipse</source>
        <translation>Ellipse</translation>
    </message>
    <message>
        <source>arrow</source>
        <translation>Pfeil</translation>
    </message>
    <message>
        <source>Arrow</source>
        <translation>Pfeil</translation>
    </message>
    <message>
        <source>text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>undo</source>
        <translation>rückgängig machen</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>redo</source>
        <translation>wiederholen</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>Wiederholen</translation>
    </message>
    <message>
        <source>remove the mark at the cursor</source>
        <translation>die Markierung am Mauszeiger entfernen</translation>
    </message>
    <message>
        <source>Remove mark</source>
        <translation>Markierung entfernen</translation>
    </message>
    <message>
        <source>remove all marks of the radiograph</source>
        <translation>alle Markierungen der Aufnahme entfernen</translation>
    </message>
    <message>
        <source>Remove all marks of the radiograph</source>
        <translation>Alle Markierungen der Aufnahme entfernen</translation>
    </message>
    <message>
        <source>draw the marks on what is exported, or not</source>
        <translation>die Markierungen in den Export zeichnen oder nicht</translation>
    </message>
    <message>
        <source>Marks on the export</source>
        <translation>Markierungen im Export</translation>
    </message>
    <message>
        <source>settings, and other keys</source>
        <translation>Einstellungen und andere Tasten</translation>
    </message>
    <message>
        <source>Settings…</source>
        <translation>Einstellungen…</translation>
    </message>
    <message>
        <source>this list</source>
        <translation>diese Liste</translation>
    </message>
    <message>
        <source>versions and licences</source>
        <translation>Versionen und Lizenzen</translation>
    </message>
    <message>
        <source>About Kindred…</source>
        <translation>Über Kindred…</translation>
    </message>
    <message>
        <source>leave the tool, the enlarged pane, full screen; stop what runs</source>
        <translation>Werkzeug, vergrößertes Bildfeld oder Vollbild verlassen; anhalten, was läuft</translation>
    </message>
    <message>
        <source>quit</source>
        <translation>beenden</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>arrows, Enter</source>
        <translation>Pfeiltasten, Eingabe</translation>
    </message>
    <message>
        <source>with a tool, or after G: move the cross, place a point; Ctrl: 1 pixel</source>
        <translation>mit einem Werkzeug oder nach G: das Kreuz bewegen, einen Punkt setzen; Strg: 1 Pixel</translation>
    </message>
    <message>
        <source>Shift+arrows</source>
        <translation>Umschalt+Pfeiltasten</translation>
    </message>
    <message>
        <source>after G: draw a region</source>
        <translation>nach G: eine Region aufziehen</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>Eingabe</translation>
    </message>
    <message>
        <source>on a similar case: open it as the next query; on the query: enlarge</source>
        <translation>auf einem ähnlichen Fall: ihn als nächste Anfrage öffnen; auf der Anfrage: vergrößern</translation>
    </message>
    <message>
        <source>Shift+Enter</source>
        <translation>Umschalt+Eingabe</translation>
    </message>
    <message>
        <source>enlarge the pane with the focus</source>
        <translation>das Bildfeld mit dem Fokus vergrößern</translation>
    </message>
    <message>
        <source>arrows</source>
        <translation>Pfeiltasten</translation>
    </message>
    <message>
        <source>move; with Shift: window</source>
        <translation>verschieben; mit Umschalt: Fensterung</translation>
    </message>
    <message>
        <source>+ –</source>
        <translation>+ –</translation>
    </message>
    <message>
        <source>on a similar case: relevant, not relevant; on the query, or with Ctrl: zoom</source>
        <translation>auf einem ähnlichen Fall: relevant, nicht relevant; auf der Anfrage oder mit Strg: zoomen</translation>
    </message>
    <message>
        <source>left drag</source>
        <translation>links ziehen</translation>
    </message>
    <message>
        <source>window: across its width, down its centre; or the chosen tool</source>
        <translation>Fensterung: quer die Breite, längs die Mitte; oder das gewählte Werkzeug</translation>
    </message>
    <message>
        <source>Shift+click</source>
        <translation>Umschalt+Klick</translation>
    </message>
    <message>
        <source>on the query: what resembles this place, on every case</source>
        <translation>auf der Anfrage: was dieser Stelle ähnelt, auf jedem Fall</translation>
    </message>
    <message>
        <source>Shift+drag</source>
        <translation>Umschalt+Ziehen</translation>
    </message>
    <message>
        <source>on the query: rank the cases again by this region</source>
        <translation>auf der Anfrage: die Fälle nach dieser Region neu ordnen</translation>
    </message>
    <message>
        <source>right drag, wheel</source>
        <translation>rechts ziehen, Mausrad</translation>
    </message>
    <message>
        <source>zoom, the wheel at the cursor</source>
        <translation>zoomen, mit dem Rad am Mauszeiger</translation>
    </message>
    <message>
        <source>middle drag</source>
        <translation>mit der Mitte ziehen</translation>
    </message>
    <message>
        <source>move</source>
        <translation>verschieben</translation>
    </message>
    <message>
        <source>right click</source>
        <translation>Rechtsklick</translation>
    </message>
    <message>
        <source>on a similar case: what can be done with it</source>
        <translation>auf einem ähnlichen Fall: was sich mit ihm tun lässt</translation>
    </message>
    <message>
        <source>double click</source>
        <translation>Doppelklick</translation>
    </message>
    <message>
        <source>enlarge a pane</source>
        <translation>ein Bildfeld vergrößern</translation>
    </message>
    <message>
        <source>select a similar case</source>
        <translation>einen ähnlichen Fall wählen</translation>
    </message>
    <message>
        <source>Mouse and panes</source>
        <translation>Maus und Bildfelder</translation>
    </message>
    <message>
        <source> or </source>
        <translation> oder </translation>
    </message>
    <message>
        <source>Radiographs</source>
        <translation>Röntgenaufnahmen</translation>
    </message>
    <message>
        <source>{count} of them cannot be opened</source>
        <translation>{count} davon lassen sich nicht öffnen</translation>
    </message>
    <message>
        <source>Patients, studies and series</source>
        <translation>Patienten, Studien und Serien</translation>
    </message>
    <message>
        <source>Patient, study, series</source>
        <translation>Patient, Studie, Serie</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>Dateien</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>Alles</translation>
    </message>
    <message>
        <source>Browse — Kindred</source>
        <translation>Durchsehen — Kindred</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>Ordner…</translation>
    </message>
    <message>
        <source>DICOMDIR…</source>
        <translation>DICOMDIR…</translation>
    </message>
    <message>
        <source>Search name, number, date, file</source>
        <translation>Name, Nummer, Datum, Datei suchen</translation>
    </message>
    <message>
        <source>Found</source>
        <translation>Gefunden</translation>
    </message>
    <message>
        <source>Reading</source>
        <translation>Wird gelesen</translation>
    </message>
    <message>
        <source>Looking for files…</source>
        <translation>Dateien werden gesucht…</translation>
    </message>
    <message>
        <source>Choose a folder or a DICOMDIR, or drop one here.</source>
        <translation>Wählen Sie einen Ordner oder ein DICOMDIR, oder ziehen Sie es hierher.</translation>
    </message>
    <message>
        <source>Looking for files… {count}</source>
        <translation>Dateien werden gesucht… {count}</translation>
    </message>
    <message>
        <source>Reading {done} of {total} · {counted}</source>
        <translation>{done} von {total} werden gelesen · {counted}</translation>
    </message>
    <message>
        <source>There are no radiographs here.</source>
        <translation>Hier sind keine Röntgenaufnahmen.</translation>
    </message>
    <message>
        <source>Browse a folder</source>
        <translation>Ordner durchsehen</translation>
    </message>
    <message>
        <source>Open a DICOMDIR</source>
        <translation>Ein DICOMDIR öffnen</translation>
    </message>
    <message>
        <source>Nothing here fits the search.</source>
        <translation>Nichts hier passt zur Suche.</translation>
    </message>
    <message>
        <source>This folder</source>
        <translation>Dieser Ordner</translation>
    </message>
    <message>
        <source>No name</source>
        <translation>Ohne Namen</translation>
    </message>
    <message>
        <source>No date</source>
        <translation>Ohne Datum</translation>
    </message>
    <message>
        <source>Series</source>
        <translation>Serie</translation>
    </message>
    <message>
        <source>Cannot open {name}: {reason}.</source>
        <translation>{name} lässt sich nicht öffnen: {reason}.</translation>
    </message>
    <message>
        <source>{count} file</source>
        <translation>{count} Datei</translation>
    </message>
    <message>
        <source>{count} files</source>
        <translation>{count} Dateien</translation>
    </message>
    <message>
        <source>{count} patient</source>
        <translation>{count} Patient</translation>
    </message>
    <message>
        <source>{count} patients</source>
        <translation>{count} Patienten</translation>
    </message>
    <message>
        <source>{count} folder without patients</source>
        <translation>{count} Ordner ohne Patienten</translation>
    </message>
    <message>
        <source>{count} folders without patients</source>
        <translation>{count} Ordner ohne Patienten</translation>
    </message>
    <message>
        <source>{count} cannot be opened</source>
        <translation>{count} nicht zu öffnen</translation>
    </message>
    <message>
        <source>{name}, title</source>
        <translation>{name}, Titel</translation>
    </message>
    <message>
        <source>{name}, label</source>
        <translation>{name}, Beschriftung</translation>
    </message>
    <message>
        <source>AUROC {value:.2f} ({spoken})</source>
        <translation>AUROC {value:.2f} ({spoken})</translation>
    </message>
    <message>
        <source>AUROC not measured</source>
        <translation>AUROC nicht gemessen</translation>
    </message>
    <message>
        <source>own label: {caption}</source>
        <translation>eigenes Label: {caption}</translation>
    </message>
    <message>
        <source>{count} image of this patient left out</source>
        <translation>{count} Bild dieses Patienten ausgelassen</translation>
    </message>
    <message>
        <source>{count} images of this patient left out</source>
        <translation>{count} Bilder dieses Patienten ausgelassen</translation>
    </message>
    <message>
        <source>catalogue: {count:,} cases</source>
        <translation>Katalog: {count} Fälle</translation>
    </message>
    <message>
        <source>no catalogue</source>
        <translation>kein Katalog</translation>
    </message>
    <message>
        <source>No folder of past cases is open.</source>
        <translation>Es ist kein Ordner mit früheren Fällen geöffnet.</translation>
    </message>
    <message>
        <source>The catalogue {name} was indexed again since it was opened; shown is the former state.</source>
        <translation>Der Katalog {name} wurde seit dem Öffnen neu indexiert; gezeigt wird der frühere Stand.</translation>
    </message>
    <message>
        <source>The folder {name} is not there any more; what is shown stays. Is its drive connected?</source>
        <translation>Der Ordner {name} ist nicht mehr da; was gezeigt wird, bleibt. Ist sein Laufwerk verbunden?</translation>
    </message>
    <message>
        <source>The folder {name} is there again.</source>
        <translation>Der Ordner {name} ist wieder da.</translation>
    </message>
    <message>
        <source>Research use only, not for diagnosis</source>
        <translation>Nur für die Forschung, nicht zur Diagnose</translation>
    </message>
    <message>
        <source>Map: Deep Taylor saliency, what the model&apos;s answer rests on, in each radiograph by itself.</source>
        <translation>Karte: Deep-Taylor-Relevanz, worauf die Antwort des Modells beruht, in jeder Aufnahme für sich.</translation>
    </message>
    <message>
        <source>relevance, low to high</source>
        <translation>Relevanz, niedrig bis hoch</translation>
    </message>
    <message>
        <source>the picture could not be made into a PNG</source>
        <translation>das Bild ließ sich nicht in ein PNG wandeln</translation>
    </message>
    <message>
        <source>{reason}; choose another place</source>
        <translation>{reason}; wählen Sie einen anderen Ort</translation>
    </message>
    <message>
        <source>the query</source>
        <translation>die Anfrage</translation>
    </message>
    <message>
        <source>case {name}</source>
        <translation>Fall {name}</translation>
    </message>
    <message>
        <source>The file of {name} says that text is burned into its pixels (BurnedInAnnotation is YES): it may identify the patient.</source>
        <translation>Die Datei zu „{name}“ sagt, dass Text in ihre Pixel eingebrannt ist (BurnedInAnnotation ist YES): Er kann auf den Patienten hinweisen.</translation>
    </message>
    <message>
        <source>The file of {names} does not say whether text is burned into the pixels: look at it first.</source>
        <translation>Die Datei zu „{names}“ sagt nicht, ob Text in die Pixel eingebrannt ist: Sehen Sie zuerst nach.</translation>
    </message>
    <message>
        <source>The files of {names} do not say whether text is burned into the pixels: look at them first.</source>
        <translation>Die Dateien zu „{names}“ sagen nicht, ob Text in die Pixel eingebrannt ist: Sehen Sie zuerst nach.</translation>
    </message>
    <message>
        <source>Query</source>
        <translation>Anfrage</translation>
    </message>
    <message>
        <source>Model output: {words} · {measured}</source>
        <translation>Ausgabe des Modells: {words} · {measured}</translation>
    </message>
    <message>
        <source>no findings</source>
        <translation>keine Befunde</translation>
    </message>
    <message>
        <source>In the catalogue: {known}</source>
        <translation>Im Katalog: {known}</translation>
    </message>
    <message>
        <source> (+{number} more)</source>
        <translation> (+{number} weitere)</translation>
    </message>
    <message>
        <source>This case could not be read</source>
        <translation>Dieser Fall ließ sich nicht lesen</translation>
    </message>
    <message>
        <source>similarity {similarity:.2f} · distance {distance}</source>
        <translation>Ähnlichkeit {similarity:.2f} · Abstand {distance}</translation>
    </message>
    <message>
        <source>Findings from: {findings_source}</source>
        <translation>Befunde aus: {findings_source}</translation>
    </message>
    <message>
        <source>Similarity by {method}</source>
        <translation>Ähnlichkeit nach {method}</translation>
    </message>
    <message>
        <source>bundle {name} {version} ({sha256})</source>
        <translation>Modellpaket {name} {version} ({sha256})</translation>
    </message>
    <message>
        <source>catalogue of {count:,} cases</source>
        <translation>Katalog mit {count} Fällen</translation>
    </message>
    <message>
        <source>{excluded} of the query&apos;s patient left out</source>
        <translation>{excluded} vom Patienten der Anfrage ausgelassen</translation>
    </message>
    <message>
        <source>Pinned cases</source>
        <translation>Gemerkte Fälle</translation>
    </message>
    <message>
        <source>Space shows the record, Enter opens as the query, Delete unpins</source>
        <translation>Leertaste zeigt die Falldaten, Eingabe öffnet als Anfrage, Entf entfernt</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>The pinned cases side by side</source>
        <translation>Die gemerkten Fälle nebeneinander</translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Take the chosen case out of the tray (Delete)</source>
        <translation>Den gewählten Fall aus der Ablage nehmen (Entf)</translation>
    </message>
    <message>
        <source>no label</source>
        <translation>kein Label</translation>
    </message>
    <message>
        <source>A and B are the same. Choose two classes.</source>
        <translation>A und B sind gleich. Wählen Sie zwei Klassen.</translation>
    </message>
    <message>
        <source>Averaging…</source>
        <translation>Mittelwerte werden gebildet…</translation>
    </message>
    <message>
        <source>Stopped after {n} cases.</source>
        <translation>Nach {n} Fällen angehalten.</translation>
    </message>
    <message>
        <source>No catalogue is open. Open a folder of past cases first.</source>
        <translation>Es ist kein Katalog geöffnet. Öffnen Sie zuerst einen Ordner mit früheren Fällen.</translation>
    </message>
    <message>
        <source>Reading the cases…</source>
        <translation>Die Fälle werden gelesen…</translation>
    </message>
    <message>
        <source>The cases of this catalogue are all of one class, or have no labels.</source>
        <translation>Die Fälle dieses Katalogs sind alle von einer Klasse, oder sie haben keine Labels.</translation>
    </message>
    <message>
        <source>Choose two classes, then Compare.</source>
        <translation>Wählen Sie zwei Klassen, dann „Vergleichen“.</translation>
    </message>
    <message>
        <source>{done} of {total} cases</source>
        <translation>{done} von {total} Fällen</translation>
    </message>
    <message>
        <source>{n} could not be read</source>
        <translation>{n} nicht lesbar</translation>
    </message>
    <message>
        <source>{n} of both classes left out</source>
        <translation>{n} aus beiden Klassen ausgelassen</translation>
    </message>
    <message>
        <source>mean self-similarity</source>
        <translation>mittlere Selbstähnlichkeit</translation>
    </message>
    <message>
        <source>mean Deep Taylor saliency</source>
        <translation>mittlere Deep-Taylor-Relevanz</translation>
    </message>
    <message>
        <source>Deep Taylor saliency: what the model&apos;s answer rests on.</source>
        <translation>Deep-Taylor-Relevanz: worauf die Antwort des Modells beruht.</translation>
    </message>
    <message>
        <source>{method}, each radiograph against itself. {part}</source>
        <translation>{method}, jede Aufnahme gegen sich selbst. {part}</translation>
    </message>
    <message>
        <source>Each map is divided by its own mean, then averaged.</source>
        <translation>Jede Karte wird durch ihren Mittelwert geteilt, dann wird gemittelt.</translation>
    </message>
    <message>
        <source>It lies on what the model saw of each radiograph, so places fit roughly.</source>
        <translation>Sie liegt auf dem, was das Modell von jeder Aufnahme sah; Orte passen daher nur ungefähr.</translation>
    </message>
    <message>
        <source>Open a folder of past cases first.</source>
        <translation>Öffnen Sie zuerst einen Ordner mit früheren Fällen.</translation>
    </message>
    <message>
        <source>Go back to the method&apos;s own ranking first: that is what an export shows.</source>
        <translation>Gehen Sie zuerst zur Rangfolge des Verfahrens zurück: Sie ist es, die ein Export zeigt.</translation>
    </message>
    <message>
        <source>There is nothing to export yet.</source>
        <translation>Es gibt noch nichts zu exportieren.</translation>
    </message>
    <message>
        <source>Exported to {name}.</source>
        <translation>Nach {name} exportiert.</translation>
    </message>
    <message>
        <source>The catalogue is ready. Drop a radiograph here, or open one with Ctrl+O.</source>
        <translation>Der Katalog ist bereit. Ziehen Sie eine Röntgenaufnahme hierher, oder öffnen Sie eine mit Strg+O.</translation>
    </message>
    <message>
        <source>Looking for similar cases…</source>
        <translation>Ähnliche Fälle werden gesucht…</translation>
    </message>
    <message>
        <source>Analysing…</source>
        <translation>Wird analysiert…</translation>
    </message>
    <message>
        <source>Reading similar cases…</source>
        <translation>Ähnliche Fälle werden gelesen…</translation>
    </message>
    <message>
        <source>Exporting…</source>
        <translation>Wird exportiert…</translation>
    </message>
    <message>
        <source>Opening the catalogue…</source>
        <translation>Der Katalog wird geöffnet…</translation>
    </message>
    <message>
        <source>class {name}</source>
        <translation>Klasse {name}</translation>
    </message>
    <message>
        <source>finding {name}</source>
        <translation>Befund {name}</translation>
    </message>
    <message>
        <source>Too few cases: {title} has {count} that do not belong to both, and a mean needs at least {few}. Choose other classes.</source>
        <translation>Zu wenige Fälle: {title} hat {count}, die nicht zu beiden gehören; ein Mittelwert braucht mindestens {few}. Wählen Sie andere Klassen.</translation>
    </message>
    <message>
        <source>Two classes compared</source>
        <translation>Zwei Klassen im Vergleich</translation>
    </message>
    <message>
        <source>{n} cases</source>
        <translation>{n} Fälle</translation>
    </message>
    <message>
        <source>mean radiograph</source>
        <translation>mittlere Aufnahme</translation>
    </message>
    <message>
        <source>0 to {n}</source>
        <translation>0 bis {n}</translation>
    </message>
    <message>
        <source>A − B: differential saliency</source>
        <translation>A − B: Relevanzdifferenz</translation>
    </message>
    <message>
        <source>only beyond two standard errors</source>
        <translation>nur jenseits von zwei Standardfehlern</translation>
    </message>
    <message>
        <source>more in B, {n}</source>
        <translation>mehr in B, {n}</translation>
    </message>
    <message>
        <source>{n}, more in A</source>
        <translation>{n}, mehr in A</translation>
    </message>
    <message>
        <source>Two classes compared — Kindred</source>
        <translation>Zwei Klassen im Vergleich — Kindred</translation>
    </message>
    <message>
        <source>Activation (self-similarity)</source>
        <translation>Aktivierung (Selbstähnlichkeit)</translation>
    </message>
    <message>
        <source>Deep Taylor saliency</source>
        <translation>Deep-Taylor-Relevanz</translation>
    </message>
    <message>
        <source>all</source>
        <translation>alle</translation>
    </message>
    <message>
        <source>Only beyond two standard errors</source>
        <translation>Nur jenseits von zwei Standardfehlern</translation>
    </message>
    <message>
        <source>Leave out differences that chance alone makes now and then</source>
        <translation>Unterschiede weglassen, wie sie auch der Zufall hin und wieder erzeugt</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>Exportieren…</translation>
    </message>
    <message>
        <source>Save as a picture: means of many, nobody&apos;s own radiograph</source>
        <translation>Als Bild speichern: Mittelwerte vieler, niemandes eigene Aufnahme</translation>
    </message>
    <message>
        <source>Progress of the comparison</source>
        <translation>Fortschritt des Vergleichs</translation>
    </message>
    <message>
        <source>What is shown</source>
        <translation>Was gezeigt wird</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>First class</source>
        <translation>Erste Klasse</translation>
    </message>
    <message>
        <source>Second class, which is subtracted</source>
        <translation>Zweite Klasse, die abgezogen wird</translation>
    </message>
    <message>
        <source>map</source>
        <translation>Karte</translation>
    </message>
    <message>
        <source>Which maps are averaged</source>
        <translation>Welche Karten gemittelt werden</translation>
    </message>
    <message>
        <source>method</source>
        <translation>Verfahren</translation>
    </message>
    <message>
        <source>Whose similarity is explained</source>
        <translation>Wessen Ähnlichkeit erklärt wird</translation>
    </message>
    <message>
        <source>cases of each</source>
        <translation>Fälle je Klasse</translation>
    </message>
    <message>
        <source>Cases of each class at most</source>
        <translation>Höchstzahl der Fälle je Klasse</translation>
    </message>
    <message>
        <source>Findings of the {count} nearest with a label</source>
        <translation>Befunde der {count} nächsten mit Label</translation>
    </message>
    <message>
        <source>{name} of the {count} nearest with one</source>
        <translation>{name} der {count} nächsten mit Angabe</translation>
    </message>
    <message>
        <source>Distribution among the nearest cases</source>
        <translation>Verteilung unter den nächsten Fällen</translation>
    </message>
    <message>
        <source>{name}: {near} of the nearest, {base} of all</source>
        <translation>{name}: {near} der nächsten, {base} von allen</translation>
    </message>
    <message>
        <source>The nearest cases and the catalogue</source>
        <translation>Die nächsten Fälle und der Katalog</translation>
    </message>
    <message>
        <source>■ share of the nearest · □ share of the whole catalogue (base rate)</source>
        <translation>■ Anteil unter den nächsten · □ Anteil im ganzen Katalog (Grundrate)</translation>
    </message>
    <message>
        <source>Stopped. Choose the method again to go on.</source>
        <translation>Angehalten. Wählen Sie das Verfahren erneut, um fortzufahren.</translation>
    </message>
    <message>
        <source>Stopped: the places are not final.</source>
        <translation>Angehalten: Die Orte sind nicht endgültig.</translation>
    </message>
    <message>
        <source>Finding the neighbours of every case…</source>
        <translation>Die Nachbarn aller Fälle werden gesucht…</translation>
    </message>
    <message>
        <source>still moving</source>
        <translation>noch in Bewegung</translation>
    </message>
    <message>
        <source>{n} cases by {method}</source>
        <translation>{n} Fälle nach {method}</translation>
    </message>
    <message>
        <source>of {n} in the catalogue, evenly chosen</source>
        <translation>von {n} im Katalog, gleichmäßig gewählt</translation>
    </message>
    <message>
        <source>the query, itself a case of the catalogue</source>
        <translation>die Anfrage, selbst ein Fall des Katalogs</translation>
    </message>
    <message>
        <source>the query, placed among its nearest cases (approximate)</source>
        <translation>die Anfrage, unter ihre nächsten Fälle gesetzt (ungefähr)</translation>
    </message>
    <message>
        <source>A map needs at least {few} cases, and this catalogue has {count}.</source>
        <translation>Eine Karte braucht mindestens {few} Fälle; dieser Katalog hat {count}.</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>Klasse</translation>
    </message>
    <message>
        <source>other findings</source>
        <translation>andere Befunde</translation>
    </message>
    <message>
        <source>Finding</source>
        <translation>Befund</translation>
    </message>
    <message>
        <source>Map of the catalogue</source>
        <translation>Karte des Katalogs</translation>
    </message>
    <message>
        <source>query</source>
        <translation>Anfrage</translation>
    </message>
    <message>
        <source>Map of the catalogue — Kindred</source>
        <translation>Karte des Katalogs — Kindred</translation>
    </message>
    <message>
        <source>Whose embeddings are mapped</source>
        <translation>Wessen Einbettungen gezeigt werden</translation>
    </message>
    <message>
        <source>What the points are coloured by</source>
        <translation>Wonach die Punkte gefärbt sind</translation>
    </message>
    <message>
        <source>Whole map</source>
        <translation>Ganze Karte</translation>
    </message>
    <message>
        <source>Show all points again (Home)</source>
        <translation>Wieder alle Punkte zeigen (Pos1)</translation>
    </message>
    <message>
        <source>Keep the places as they are now</source>
        <translation>Die Orte so lassen, wie sie jetzt sind</translation>
    </message>
    <message>
        <source>Progress of the map</source>
        <translation>Fortschritt der Karte</translation>
    </message>
    <message>
        <source>The case that is pointed at</source>
        <translation>Der Fall, auf den gezeigt wird</translation>
    </message>
    <message>
        <source>Words on the case that is pointed at</source>
        <translation>Angaben zu dem Fall, auf den gezeigt wird</translation>
    </message>
    <message>
        <source>Point at a case, or walk with the arrow keys.</source>
        <translation>Zeigen Sie auf einen Fall, oder gehen Sie mit den Pfeiltasten.</translation>
    </message>
    <message>
        <source>nearest to the middle of its group</source>
        <translation>der Mitte seiner Gruppe am nächsten</translation>
    </message>
    <message>
        <source>nearest to the middle of its class</source>
        <translation>der Mitte seiner Klasse am nächsten</translation>
    </message>
    <message>
        <source>not known ({n})</source>
        <translation>nicht bekannt ({n})</translation>
    </message>
    <message>
        <source>t-SNE: cases beside each other are similar. Distances between groups, and their size, mean nothing.</source>
        <translation>t-SNE: Fälle nebeneinander sind ähnlich. Abstände zwischen Gruppen und deren Größe bedeuten nichts.</translation>
    </message>
    <message>
        <source>colour by</source>
        <translation>färben nach</translation>
    </message>
    <message>
        <source>Legend</source>
        <translation>Legende</translation>
    </message>
    <message>
        <source>Loading the model…</source>
        <translation>Das Modell wird geladen…</translation>
    </message>
    <message>
        <source>no radiograph was analysed yet</source>
        <translation>es wurde noch keine Aufnahme analysiert</translation>
    </message>
    <message>
        <source>Not with this method: {reason}.</source>
        <translation>Nicht mit diesem Verfahren: {reason}.</translation>
    </message>
    <message>
        <source>Back to the method&apos;s ranking</source>
        <translation>Zurück zur Rangfolge des Verfahrens</translation>
    </message>
    <message>
        <source>Leave the place</source>
        <translation>Stelle verlassen</translation>
    </message>
    <message>
        <source>All panes on one scale.</source>
        <translation>Alle Bildfelder auf einer Skala.</translation>
    </message>
    <message>
        <source>Faithfulness not measured.</source>
        <translation>Treue nicht gemessen.</translation>
    </message>
    <message>
        <source>Deep Taylor saliency: what the model&apos;s answer rests on, each by itself.</source>
        <translation>Deep-Taylor-Relevanz: worauf die Antwort des Modells beruht, jede Aufnahme für sich.</translation>
    </message>
    <message>
        <source>On the query: for case {n}. On case {n}: for the query.</source>
        <translation>Auf der Anfrage: für Fall {n}. Auf Fall {n}: für die Anfrage.</translation>
    </message>
    <message>
        <source>On the query: for case {n}. On each case: for the query.</source>
        <translation>Auf der Anfrage: für Fall {n}. Auf jedem Fall: für die Anfrage.</translation>
    </message>
    <message>
        <source>Each map to its own highest.</source>
        <translation>Jede Karte bis zu ihrem eigenen Höchstwert.</translation>
    </message>
    <message>
        <source>case {n}</source>
        <translation>Fall {n}</translation>
    </message>
    <message>
        <source>as a whole {rank}</source>
        <translation>als Ganzes {rank}</translation>
    </message>
    <message>
        <source>{rank} · region&apos;s distance {distance:.3g} · {whole}</source>
        <translation>{rank} · Abstand der Region {distance:.3g} · {whole}</translation>
    </message>
    <message>
        <source>Saliency</source>
        <translation>Relevanz</translation>
    </message>
    <message>
        <source>What the model&apos;s answer rests on, in each radiograph by itself</source>
        <translation>Worauf die Antwort des Modells beruht, in jeder Aufnahme für sich</translation>
    </message>
    <message>
        <source>Activation</source>
        <translation>Aktivierung</translation>
    </message>
    <message>
        <source>Each part&apos;s share in the similarity of query and case</source>
        <translation>Anteil jeder Stelle an der Ähnlichkeit von Anfrage und Fall</translation>
    </message>
    <message>
        <source>Attention</source>
        <translation>Aufmerksamkeit</translation>
    </message>
    <message>
        <source>Where more of the same would bring query and case nearer</source>
        <translation>Wo mehr davon Anfrage und Fall einander näher brächte</translation>
    </message>
    <message>
        <source>Occlusion</source>
        <translation>Verdeckung</translation>
    </message>
    <message>
        <source>What the similarity loses when a part is hidden; slow, sharpens</source>
        <translation>Was die Ähnlichkeit verliert, wenn ein Teil verdeckt wird; langsam, wird schärfer</translation>
    </message>
    <message>
        <source>Being found out for this method</source>
        <translation>Wird für dieses Verfahren gerade ermittelt</translation>
    </message>
    <message>
        <source>explain</source>
        <translation>erklären</translation>
    </message>
    <message>
        <source>ranking: by region</source>
        <translation>Rangfolge: nach Region</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>What the overlay shows</source>
        <translation>Was die Karte zeigt</translation>
    </message>
    <message>
        <source>How faithful it was measured to be</source>
        <translation>Wie treu sie gemessen wurde</translation>
    </message>
    <message>
        <source>Keep the map as it is now (Esc)</source>
        <translation>Die Karte so lassen, wie sie jetzt ist (Esc)</translation>
    </message>
    <message>
        <source>Resemblance to the marked place</source>
        <translation>Ähnlichkeit mit der markierten Stelle</translation>
    </message>
    <message>
        <source>The sheet was copied.</source>
        <translation>Das Blatt wurde kopiert.</translation>
    </message>
    <message>
        <source>Map: {name}. {legend}</source>
        <translation>Karte: {name}. {legend}</translation>
    </message>
    <message>
        <source>It was still being computed.</source>
        <translation>Sie wurde noch berechnet.</translation>
    </message>
    <message>
        <source>A radiograph without colours has no map.</source>
        <translation>Eine Aufnahme ohne Farben hat keine Karte.</translation>
    </message>
    <message>
        <source>{name}, low to high</source>
        <translation>{name}, niedrig bis hoch</translation>
    </message>
    <message>
        <source>PNG picture (*.png);;PDF page (*.pdf)</source>
        <translation>PNG-Bild (*.png);;PDF-Seite (*.pdf)</translation>
    </message>
    <message>
        <source>I have looked: nothing on this sheet identifies a patient</source>
        <translation>Ich habe nachgesehen: Nichts auf diesem Blatt weist auf einen Patienten hin</translation>
    </message>
    <message>
        <source>Export the comparison</source>
        <translation>Vergleich exportieren</translation>
    </message>
    <message>
        <source>What is exported</source>
        <translation>Was exportiert wird</translation>
    </message>
    <message>
        <source>Query and all cases shown</source>
        <translation>Anfrage und alle gezeigten Fälle</translation>
    </message>
    <message>
        <source>Query and the selected case</source>
        <translation>Anfrage und der gewählte Fall</translation>
    </message>
    <message>
        <source>Query alone</source>
        <translation>Anfrage allein</translation>
    </message>
    <message>
        <source>Drag over the sheet to black out a part of it. By keys: Space for a box, arrows to move it, Shift and arrows to size it, Page Up and Down for another, Delete.</source>
        <translation>Ziehen Sie über das Blatt, um einen Teil zu schwärzen. Mit Tasten: Leertaste setzt einen Balken, Pfeiltasten bewegen ihn, mit Umschalt ändern sie die Größe, Bild auf und ab wählt einen anderen, Entf entfernt ihn.</translation>
    </message>
    <message>
        <source>Add box</source>
        <translation>Balken hinzufügen</translation>
    </message>
    <message>
        <source>Undo box</source>
        <translation>Balken zurücknehmen</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Put the sheet on the clipboard</source>
        <translation>Das Blatt in die Zwischenablage legen</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>Speichern…</translation>
    </message>
    <message>
        <source>As PNG or PDF</source>
        <translation>Als PNG oder PDF</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>This is a fault in the program. What you opened is unharmed.</source>
        <translation>Das ist ein Fehler im Programm. Was Sie geöffnet haben, ist unversehrt.</translation>
    </message>
    <message>
        <source>{name}. The log, which holds no names, is in
{path}</source>
        <translation>{name}. Das Protokoll, das keine Namen enthält, liegt in
{path}</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Finding that a case must have</source>
        <translation>Befund, den ein Fall haben muss</translation>
    </message>
    <message>
        <source>Sex</source>
        <translation>Geschlecht</translation>
    </message>
    <message>
        <source>View position</source>
        <translation>Projektion</translation>
    </message>
    <message>
        <source>Collection that a case is from</source>
        <translation>Sammlung, aus der ein Fall stammt</translation>
    </message>
    <message>
        <source>Youngest age, in years</source>
        <translation>Mindestalter in Jahren</translation>
    </message>
    <message>
        <source>Oldest age, in years</source>
        <translation>Höchstalter in Jahren</translation>
    </message>
    <message>
        <source>Leave out the query&apos;s own patient</source>
        <translation>Patienten der Anfrage auslassen</translation>
    </message>
    <message>
        <source>Their own earlier image is always the most similar.</source>
        <translation>Die eigene frühere Aufnahme ist immer die ähnlichste.</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Leeren</translation>
    </message>
    <message>
        <source>Let every case be found</source>
        <translation>Alle Fälle zulassen</translation>
    </message>
    <message>
        <source>finding</source>
        <translation>Befund</translation>
    </message>
    <message>
        <source>view</source>
        <translation>Projektion</translation>
    </message>
    <message>
        <source>sex</source>
        <translation>Geschlecht</translation>
    </message>
    <message>
        <source>source</source>
        <translation>Quelle</translation>
    </message>
    <message>
        <source>age</source>
        <translation>Alter</translation>
    </message>
    <message>
        <source>The mark is the threshold, {threshold:.2f}</source>
        <translation>Der Strich ist die Schwelle, {threshold:.2f}</translation>
    </message>
    <message>
        <source>Findings</source>
        <translation>Befunde</translation>
    </message>
    <message>
        <source>Probability of {name}</source>
        <translation>Wahrscheinlichkeit für {name}</translation>
    </message>
    <message>
        <source> (and {number} more)</source>
        <translation> (und {number} weitere)</translation>
    </message>
    <message>
        <source>Model not made for this image. </source>
        <translation>Das Modell ist nicht für dieses Bild gemacht. </translation>
    </message>
    <message>
        <source>How much further apart the two are with this part of the radiograph hidden.</source>
        <translation>Um wie viel weiter die beiden auseinanderliegen, wenn dieser Teil der Aufnahme verdeckt ist.</translation>
    </message>
    <message>
        <source>Each part&apos;s share in the similarity, by the features of the radiograph.</source>
        <translation>Anteil jeder Stelle an der Ähnlichkeit, nach den Merkmalen der Aufnahme.</translation>
    </message>
    <message>
        <source>Each part&apos;s share in the similarity, by the features of the saliency map.</source>
        <translation>Anteil jeder Stelle an der Ähnlichkeit, nach den Merkmalen der Relevanzkarte.</translation>
    </message>
    <message>
        <source>Each part&apos;s share in the similarity, by the features of the radiograph and its saliency map.</source>
        <translation>Anteil jeder Stelle an der Ähnlichkeit, nach den Merkmalen der Aufnahme und ihrer Relevanzkarte.</translation>
    </message>
    <message>
        <source>Where more of the radiograph&apos;s features would bring the two nearer.</source>
        <translation>Wo mehr von den Merkmalen der Aufnahme die beiden einander näher brächte.</translation>
    </message>
    <message>
        <source>Where more of the saliency map&apos;s features would bring the two nearer.</source>
        <translation>Wo mehr von den Merkmalen der Relevanzkarte die beiden einander näher brächte.</translation>
    </message>
    <message>
        <source>Where more of the radiograph and its saliency map&apos;s features would bring the two nearer.</source>
        <translation>Wo mehr von den Merkmalen der Aufnahme und ihrer Relevanzkarte die beiden einander näher brächte.</translation>
    </message>
    <message>
        <source>What resembles the chosen place, by the features of the radiograph.</source>
        <translation>Was der gewählten Stelle ähnelt, nach den Merkmalen der Aufnahme.</translation>
    </message>
    <message>
        <source>What resembles the chosen place, by the features of the saliency map.</source>
        <translation>Was der gewählten Stelle ähnelt, nach den Merkmalen der Relevanzkarte.</translation>
    </message>
    <message>
        <source>What resembles the chosen place, by the features of the radiograph and its saliency map.</source>
        <translation>Was der gewählten Stelle ähnelt, nach den Merkmalen der Aufnahme und ihrer Relevanzkarte.</translation>
    </message>
    <message>
        <source>beats random weights</source>
        <translation>übertrifft zufällige Gewichte</translation>
    </message>
    <message>
        <source>beats random weights in insertion only</source>
        <translation>übertrifft zufällige Gewichte nur beim Einfügen</translation>
    </message>
    <message>
        <source>beats random weights in deletion only</source>
        <translation>übertrifft zufällige Gewichte nur beim Entfernen</translation>
    </message>
    <message>
        <source>does not beat random weights</source>
        <translation>übertrifft zufällige Gewichte nicht</translation>
    </message>
    <message>
        <source>Measured ({split}): insertion {insertion:.2f} (random {control_insertion:.2f}), deletion {deletion:.2f} (random {control_deletion:.2f}); {verdict}.</source>
        <translation>Gemessen ({split}): Einfügen {insertion:.2f} (Zufall {control_insertion:.2f}), Entfernen {deletion:.2f} (Zufall {control_deletion:.2f}); {verdict}.</translation>
    </message>
    <message>
        <source>female</source>
        <translation>weiblich</translation>
    </message>
    <message>
        <source>male</source>
        <translation>männlich</translation>
    </message>
    <message>
        <source>{youngest:g}–{oldest:g} years</source>
        <translation>{youngest:g}–{oldest:g} Jahre</translation>
    </message>
    <message>
        <source>from {youngest:g} years</source>
        <translation>ab {youngest:g} Jahren</translation>
    </message>
    <message>
        <source>up to {oldest:g} years</source>
        <translation>bis {oldest:g} Jahre</translation>
    </message>
    <message>
        <source>The panes and lists use {key} themselves; choose another key.</source>
        <translation>Bildfelder und Listen brauchen {key} selbst; wählen Sie eine andere Taste.</translation>
    </message>
    <message>
        <source>{key} is taken: “{words}”. Press it once more to take it from there.</source>
        <translation>{key} ist vergeben: „{words}“. Drücken Sie sie noch einmal, um sie dort wegzunehmen.</translation>
    </message>
    <message>
        <source>{key} cannot be used; choose another key.</source>
        <translation>{key} ist nicht verwendbar; wählen Sie eine andere Taste.</translation>
    </message>
    <message>
        <source>{key} is taken: “{words}”. Set that back first.</source>
        <translation>{key} ist vergeben: „{words}“. Setzen Sie das zuerst zurück.</translation>
    </message>
    <message>
        <source>Mouse and keys</source>
        <translation>Maus und Tasten</translation>
    </message>
    <message>
        <source>Other keys: Open › Settings…, or section [keys] of {path}</source>
        <translation>Andere Tasten: Öffnen › Einstellungen…, oder Abschnitt [keys] in {path}</translation>
    </message>
    <message>
        <source>What has a key</source>
        <translation>Was eine Taste hat</translation>
    </message>
    <message>
        <source>What it does</source>
        <translation>Was sie bewirkt</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Taste</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>Ändern…</translation>
    </message>
    <message>
        <source>Press another key for this (Enter)</source>
        <translation>Eine andere Taste hierfür drücken (Eingabe)</translation>
    </message>
    <message>
        <source>One more…</source>
        <translation>Noch eine…</translation>
    </message>
    <message>
        <source>Press a further key for this</source>
        <translation>Eine weitere Taste hierfür drücken</translation>
    </message>
    <message>
        <source>No key</source>
        <translation>Keine Taste</translation>
    </message>
    <message>
        <source>Default</source>
        <translation>Vorgabe</translation>
    </message>
    <message>
        <source>All defaults</source>
        <translation>Alle Vorgaben</translation>
    </message>
    <message>
        <source>changed from the default</source>
        <translation>gegenüber der Vorgabe geändert</translation>
    </message>
    <message>
        <source>The key that is pressed next</source>
        <translation>Die Taste, die als Nächstes gedrückt wird</translation>
    </message>
    <message>
        <source>● Press the new key now; Esc leaves it as it is.</source>
        <translation>● Drücken Sie jetzt die neue Taste; Esc lässt sie, wie sie ist.</translation>
    </message>
    <message>
        <source>A link asks the archive {name} for a study.</source>
        <translation>Ein Link fragt das Archiv {name} nach einer Studie.</translation>
    </message>
    <message>
        <source>There is no {name} to open.</source>
        <translation>{name} gibt es nicht; es lässt sich nicht öffnen.</translation>
    </message>
    <message>
        <source>{name} is neither a file nor a folder.</source>
        <translation>{name} ist weder eine Datei noch ein Ordner.</translation>
    </message>
    <message>
        <source>no archive {name} is configured here</source>
        <translation>hier ist kein Archiv {name} eingerichtet</translation>
    </message>
    <message>
        <source>This link is not opened: {reason}.</source>
        <translation>Dieser Link wird nicht geöffnet: {reason}.</translation>
    </message>
    <message>
        <source>an archive&apos;s name has letters, digits, dots, - and _ only</source>
        <translation>der Name eines Archivs hat nur Buchstaben, Ziffern, Punkte, - und _</translation>
    </message>
    <message>
        <source>it names an archive and no study in it</source>
        <translation>er nennt ein Archiv, aber keine Studie darin</translation>
    </message>
    <message>
        <source>it names an instance and not the series it is in</source>
        <translation>er nennt eine Instanz, aber nicht ihre Serie</translation>
    </message>
    <message>
        <source>what it gives as {key} is not a DICOM UID</source>
        <translation>was er als {key} angibt, ist keine DICOM-UID</translation>
    </message>
    <message>
        <source>it is longer than {most} characters</source>
        <translation>er ist länger als {most} Zeichen</translation>
    </message>
    <message>
        <source>it does not begin with kindred://open? or has characters to encode</source>
        <translation>er beginnt nicht mit kindred://open? oder hat Zeichen, die zu kodieren sind</translation>
    </message>
    <message>
        <source>it names a file and something else</source>
        <translation>er nennt eine Datei und noch etwas anderes</translation>
    </message>
    <message>
        <source>there is no such file; it may have been moved</source>
        <translation>es gibt keine solche Datei; vielleicht wurde sie verschoben</translation>
    </message>
    <message>
        <source>its file cannot be looked at; check the drive</source>
        <translation>seine Datei lässt sich nicht ansehen; prüfen Sie das Laufwerk</translation>
    </message>
    <message>
        <source>it leads to neither a file nor a folder</source>
        <translation>er führt weder zu einer Datei noch zu einem Ordner</translation>
    </message>
    <message>
        <source>it holds something other than {known}</source>
        <translation>er enthält etwas anderes als {known}</translation>
    </message>
    <message>
        <source>{key} is empty or given twice</source>
        <translation>{key} ist leer oder zweimal angegeben</translation>
    </message>
    <message>
        <source>its percent-encoding is damaged</source>
        <translation>seine Prozentkodierung ist beschädigt</translation>
    </message>
    <message>
        <source>its percent-encoding is not UTF-8</source>
        <translation>seine Prozentkodierung ist kein UTF-8</translation>
    </message>
    <message>
        <source>it holds control characters</source>
        <translation>er enthält Steuerzeichen</translation>
    </message>
    <message>
        <source>its path goes back with “..”</source>
        <translation>sein Pfad geht mit „..“ zurück</translation>
    </message>
    <message>
        <source>its path holds a colon, which names a hidden stream</source>
        <translation>sein Pfad enthält einen Doppelpunkt, der einen verborgenen Datenstrom nennt</translation>
    </message>
    <message>
        <source>it leads to another computer</source>
        <translation>er führt zu einem anderen Rechner</translation>
    </message>
    <message>
        <source>its path is not a whole one, from the top</source>
        <translation>sein Pfad ist nicht vollständig, von der Wurzel an</translation>
    </message>
    <message>
        <source>links may open files only from the open catalogue&apos;s folder and from the folders listed as roots in the section [links] of your settings; there are none yet</source>
        <translation>Links dürfen Dateien nur aus dem Ordner des geöffneten Katalogs öffnen und aus den Ordnern, die unter roots im Abschnitt [links] Ihrer Einstellungen stehen; dort steht noch keiner</translation>
    </message>
    <message>
        <source>it leads out of the folders that links may open from; list its folder as one of the roots in the section [links] of your settings if you trust it</source>
        <translation>er führt aus den Ordnern hinaus, aus denen Links öffnen dürfen; nennen Sie seinen Ordner unter roots im Abschnitt [links] Ihrer Einstellungen, wenn Sie ihm vertrauen</translation>
    </message>
    <message>
        <source>The file has none</source>
        <translation>Die Datei hat keine</translation>
    </message>
    <message>
        <source>Magnifier</source>
        <translation>Lupe</translation>
    </message>
    <message>
        <source>Preview of the exported sheet</source>
        <translation>Vorschau des exportierten Blattes</translation>
    </message>
    <message>
        <source>Drawing the sheet…</source>
        <translation>Das Blatt wird gezeichnet…</translation>
    </message>
    <message>
        <source>{count} boxes</source>
        <translation>{count} Balken</translation>
    </message>
    <message>
        <source>1 box</source>
        <translation>1 Balken</translation>
    </message>
    <message>
        <source>; chosen: {width} × {height} at {left}, {top}</source>
        <translation>; gewählt: {width} × {height} bei {left}, {top}</translation>
    </message>
    <message>
        <source>pixels taken as square: the file states no spacing</source>
        <translation>Pixel als quadratisch angenommen: Die Datei nennt keinen Abstand</translation>
    </message>
    <message>
        <source>Length: drag from one end to the other.</source>
        <translation>Länge: von einem Ende zum anderen ziehen.</translation>
    </message>
    <message>
        <source>Angle: drag to the corner, then click the end of the other arm.</source>
        <translation>Winkel: bis zum Scheitel ziehen, dann auf das Ende des anderen Schenkels klicken.</translation>
    </message>
    <message>
        <source>Cardiothoracic ratio: drag across the heart, then across the thorax.</source>
        <translation>Herz-Thorax-Quotient: quer über das Herz ziehen, dann quer über den Thorax.</translation>
    </message>
    <message>
        <source>Ellipse: drag from corner to corner of what it is to fill.</source>
        <translation>Ellipse: von Ecke zu Ecke dessen ziehen, was sie füllen soll.</translation>
    </message>
    <message>
        <source>Arrow: drag to what it points at.</source>
        <translation>Pfeil: dorthin ziehen, worauf er zeigt.</translation>
    </message>
    <message>
        <source>Text: click where it belongs.</source>
        <translation>Text: dorthin klicken, wo er stehen soll.</translation>
    </message>
    <message>
        <source>Esc puts the tool away.</source>
        <translation>Esc legt das Werkzeug weg.</translation>
    </message>
    <message>
        <source>Measurements and marks are drawn on what is exported.</source>
        <translation>Messungen und Markierungen werden in den Export gezeichnet.</translation>
    </message>
    <message>
        <source>Measurements and marks are not drawn on what is exported.</source>
        <translation>Messungen und Markierungen werden nicht in den Export gezeichnet.</translation>
    </message>
    <message>
        <source>mean {mean:.1f}, SD {sd:.1f} of {count:,} pixels</source>
        <translation>Mittelwert {mean:.1f}, SD {sd:.1f} von {count} Pixeln</translation>
    </message>
    <message>
        <source>area {area}</source>
        <translation>Fläche {area}</translation>
    </message>
    <message>
        <source>The marks kept for this radiograph cannot be read; they were set aside as {name} in {path}.</source>
        <translation>Die zu dieser Aufnahme gespeicherten Markierungen sind nicht lesbar; sie wurden als {name} in {path} beiseitegelegt.</translation>
    </message>
    <message>
        <source>The marks cannot be kept in {path}: {reason}.</source>
        <translation>Die Markierungen lassen sich nicht in {path} speichern: {reason}.</translation>
    </message>
    <message>
        <source>Text of the mark</source>
        <translation>Text der Markierung</translation>
    </message>
    <message>
        <source>text, then Enter</source>
        <translation>Text, dann Eingabe</translation>
    </message>
    <message>
        <source>the file states no pixel spacing</source>
        <translation>die Datei nennt keinen Pixelabstand</translation>
    </message>
    <message>
        <source>CTR –</source>
        <translation>HTQ –</translation>
    </message>
    <message>
        <source>CTR {value:.2f} = {heart:.1f} / {thorax:.1f} {unit}</source>
        <translation>HTQ {value:.2f} = {heart:.1f} / {thorax:.1f} {unit}</translation>
    </message>
    <message>
        <source>▲ more than 1: first the heart, then the thorax</source>
        <translation>▲ mehr als 1: zuerst das Herz, dann der Thorax</translation>
    </message>
    <message>
        <source>▲ {view} view: the ratio is defined on PA</source>
        <translation>▲ Projektion {view}: der Quotient ist für p.a. definiert</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>Problem</source>
        <translation>Problem</translation>
    </message>
    <message>
        <source>Fault in the program</source>
        <translation>Programmfehler</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Meldung</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Details</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Close the message</source>
        <translation>Meldung schließen</translation>
    </message>
    <message>
        <source>Open a radiograph and a folder of past cases first, then compare methods.</source>
        <translation>Öffnen Sie zuerst eine Röntgenaufnahme und einen Ordner mit früheren Fällen; dann lassen sich Verfahren vergleichen.</translation>
    </message>
    <message>
        <source>Stopped after {done} methods.</source>
        <translation>Nach {done} Verfahren angehalten.</translation>
    </message>
    <message>
        <source>Label: {label}</source>
        <translation>Label: {label}</translation>
    </message>
    <message>
        <source>Label: not known</source>
        <translation>Label: nicht bekannt</translation>
    </message>
    <message>
        <source>from: {source}</source>
        <translation>aus: {source}</translation>
    </message>
    <message>
        <source>{rank} · similarity {similarity:.2f}</source>
        <translation>{rank} · Ähnlichkeit {similarity:.2f}</translation>
    </message>
    <message>
        <source>Frames compare labels with the query&apos;s label: {keys}</source>
        <translation>Rahmen vergleichen Labels mit dem der Anfrage: {keys}</translation>
    </message>
    <message>
        <source>only cases that pass a filter of {filtered}</source>
        <translation>nur Fälle, die {filtered} Filterbedingungen erfüllen</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Wird gelesen…</translation>
    </message>
    <message>
        <source>Methods — Kindred</source>
        <translation>Verfahren — Kindred</translation>
    </message>
    <message>
        <source>Query radiograph</source>
        <translation>Anfrageaufnahme</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Save the comparison of methods as a picture, without identity</source>
        <translation>Den Vergleich der Verfahren als Bild speichern, ohne Identität</translation>
    </message>
    <message>
        <source>Methods — {name} — Kindred</source>
        <translation>Verfahren — {name} — Kindred</translation>
    </message>
    <message>
        <source>Comparing methods…</source>
        <translation>Verfahren werden verglichen…</translation>
    </message>
    <message>
        <source>The query&apos;s label is not known here, so no case agrees or differs.</source>
        <translation>Das Label der Anfrage ist hier nicht bekannt; kein Fall stimmt also überein oder weicht ab.</translation>
    </message>
    <message>
        <source> · not in this catalogue&apos;s index: {missing}</source>
        <translation> · nicht im Index dieses Katalogs: {missing}</translation>
    </message>
    <message>
        <source>filter: only {what}</source>
        <translation>Filter: nur {what}</translation>
    </message>
    <message>
        <source>{count} methods{note}</source>
        <translation>{count} Verfahren{note}</translation>
    </message>
    <message>
        <source>Comparing methods: {count} of {total}{note}</source>
        <translation>Verfahren werden verglichen: {count} von {total}{note}</translation>
    </message>
    <message>
        <source>Similar cases by method</source>
        <translation>Ähnliche Fälle nach Verfahren</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>Verwenden</translation>
    </message>
    <message>
        <source>Measure similarity by {title} in the main window</source>
        <translation>Ähnlichkeit im Hauptfenster nach {title} messen</translation>
    </message>
    <message>
        <source>Use {title}</source>
        <translation>{title} verwenden</translation>
    </message>
    <message>
        <source>{title}, case {number}</source>
        <translation>{title}, Fall {number}</translation>
    </message>
    <message>
        <source>No further case passes the filter</source>
        <translation>Kein weiterer Fall erfüllt den Filter</translation>
    </message>
    <message>
        <source>No further case</source>
        <translation>Kein weiterer Fall</translation>
    </message>
    <message>
        <source>● same label</source>
        <translation>● gleiches Label</translation>
    </message>
    <message>
        <source>green, solid</source>
        <translation>grün, durchgezogen</translation>
    </message>
    <message>
        <source>◇ other label</source>
        <translation>◇ anderes Label</translation>
    </message>
    <message>
        <source>red, dashed</source>
        <translation>rot, gestrichelt</translation>
    </message>
    <message>
        <source>○ label undecided</source>
        <translation>○ Label unklar</translation>
    </message>
    <message>
        <source>grey, dotted</source>
        <translation>grau, gepunktet</translation>
    </message>
    <message>
        <source>not measured</source>
        <translation>nicht gemessen</translation>
    </message>
    <message>
        <source>The layer “{name}” comes from no file: it cannot be compared.</source>
        <translation>Die Ebene „{name}“ stammt aus keiner Datei: Sie lässt sich nicht vergleichen.</translation>
    </message>
    <message>
        <source>None of the {count} nearest has a label.</source>
        <translation>Keiner der {count} nächsten hat ein Label.</translation>
    </message>
    <message>
        <source> (base rate {number:.0f} %)</source>
        <translation> (Grundrate {number:.0f} %)</translation>
    </message>
    <message>
        <source>of the {count} nearest: {with_it} {name}{base}</source>
        <translation>von den {count} nächsten: {with_it} {name}{base}</translation>
    </message>
    <message>
        <source>, {number} without a label</source>
        <translation>, {number} ohne Label</translation>
    </message>
    <message>
        <source>● agrees</source>
        <translation>● stimmt überein</translation>
    </message>
    <message>
        <source>◇ differs</source>
        <translation>◇ weicht ab</translation>
    </message>
    <message>
        <source>Similar cases</source>
        <translation>Ähnliche Fälle</translation>
    </message>
    <message>
        <source>Similar case {rank}</source>
        <translation>Ähnlicher Fall {rank}</translation>
    </message>
    <message>
        <source>{rank} · {similarity:.2f} · distance {distance:.3g}</source>
        <translation>{rank} · {similarity:.2f} · Abstand {distance:.3g}</translation>
    </message>
    <message>
        <source>Overlay legend: relevance, low to high</source>
        <translation>Legende der Karte: Relevanz, niedrig bis hoch</translation>
    </message>
    <message>
        <source>Relevance, from low on the left to high on the right</source>
        <translation>Relevanz, von niedrig links bis hoch rechts</translation>
    </message>
    <message>
        <source>Show or hide relevance (O)</source>
        <translation>Relevanz zeigen oder ausblenden (O)</translation>
    </message>
    <message>
        <source>Overlay opacity, per cent</source>
        <translation>Deckkraft der Karte in Prozent</translation>
    </message>
    <message>
        <source>How opaque the overlay is where relevance is high</source>
        <translation>Wie deckend die Karte ist, wo die Relevanz hoch ist</translation>
    </message>
    <message>
        <source>Colour map of the overlay</source>
        <translation>Farbskala der Karte</translation>
    </message>
    <message>
        <source>Colours of the overlay</source>
        <translation>Farben der Karte</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>Koppeln</translation>
    </message>
    <message>
        <source>Zoom, position and window move together in all panes (L)</source>
        <translation>Zoom, Lage und Fensterung gehen in allen Bildfeldern gemeinsam (L)</translation>
    </message>
    <message>
        <source>relevance, low</source>
        <translation>Relevanz, niedrig</translation>
    </message>
    <message>
        <source>high</source>
        <translation>hoch</translation>
    </message>
    <message>
        <source> sigmoid</source>
        <translation> Sigmoid</translation>
    </message>
    <message>
        <source>{source}, at detector</source>
        <translation>{source}, am Detektor</translation>
    </message>
    <message>
        <source>Pinned case {number}</source>
        <translation>Gemerkter Fall {number}</translation>
    </message>
    <message>
        <source>pinned {number}</source>
        <translation>gemerkt {number}</translation>
    </message>
    <message>
        <source>Arrows move the cross (Ctrl: by one pixel), Shift and arrows draw a region, Enter takes it, Esc leaves.</source>
        <translation>Pfeiltasten bewegen das Kreuz (Strg: um ein Pixel), Umschalt und Pfeiltasten ziehen eine Region auf, Eingabe übernimmt sie, Esc bricht ab.</translation>
    </message>
    <message>
        <source>Radiograph of {columns} × {rows} pixels</source>
        <translation>Röntgenaufnahme mit {columns} × {rows} Pixeln</translation>
    </message>
    <message>
        <source>Cases, the most similar first</source>
        <translation>Fälle, der ähnlichste zuerst</translation>
    </message>
    <message>
        <source>▲ not readable</source>
        <translation>▲ nicht lesbar</translation>
    </message>
    <message>
        <source>Place {number} of {count}</source>
        <translation>Platz {number} von {count}</translation>
    </message>
    <message>
        <source>Drag the cases into order: the most similar to the query, in disease and in severity, on the left. With keys: ← → choose, Ctrl and ← → move.</source>
        <translation>Ziehen Sie die Fälle in eine Reihenfolge: links der Fall, der der Anfrage in Erkrankung und Schweregrad am ähnlichsten ist. Mit Tasten: ← → wählen, Strg und ← → verschieben.</translation>
    </message>
    <message>
        <source>Chosen case</source>
        <translation>Gewählter Fall</translation>
    </message>
    <message>
        <source>Save this order</source>
        <translation>Diese Reihenfolge speichern</translation>
    </message>
    <message>
        <source>Reader study — Kindred</source>
        <translation>Reader-Studie — Kindred</translation>
    </message>
    <message>
        <source>Done. Thank you.</source>
        <translation>Fertig. Vielen Dank.</translation>
    </message>
    <message>
        <source>All orders of {rater} are in {name}.</source>
        <translation>Alle Reihenfolgen von {rater} stehen in {name}.</translation>
    </message>
    <message>
        <source>No query is left.</source>
        <translation>Es ist keine Anfrage mehr übrig.</translation>
    </message>
    <message>
        <source>Query {place} of {count}</source>
        <translation>Anfrage {place} von {count}</translation>
    </message>
    <message>
        <source>This radiograph cannot be read.</source>
        <translation>Diese Aufnahme lässt sich nicht lesen.</translation>
    </message>
    <message>
        <source>chosen case</source>
        <translation>gewählter Fall</translation>
    </message>
    <message>
        <source>most similar</source>
        <translation>am ähnlichsten</translation>
    </message>
    <message>
        <source>least similar</source>
        <translation>am wenigsten ähnlich</translation>
    </message>
    <message>
        <source>The log is in
{path}</source>
        <translation>Das Protokoll liegt in
{path}</translation>
    </message>
    <message>
        <source>Recent radiographs</source>
        <translation>Zuletzt geöffnete Aufnahmen</translation>
    </message>
    <message>
        <source>Forget these</source>
        <translation>Liste leeren</translation>
    </message>
    <message>
        <source>Point at a similar case, or select it, to read its record.</source>
        <translation>Zeigen Sie auf einen ähnlichen Fall, oder wählen Sie ihn, um seine Falldaten zu lesen.</translation>
    </message>
    <message>
        <source>Record of the case</source>
        <translation>Daten des Falls</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>Falldaten</translation>
    </message>
    <message>
        <source>Case {rank} · {case_id}</source>
        <translation>Fall {rank} · {case_id}</translation>
    </message>
    <message>
        <source>{similarity:.2f} (distance {distance:.4g})</source>
        <translation>{similarity:.2f} (Abstand {distance:.4g})</translation>
    </message>
    <message>
        <source>Similarity</source>
        <translation>Ähnlichkeit</translation>
    </message>
    <message>
        <source>Case · {case_id}</source>
        <translation>Fall · {case_id}</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>Befundtext</translation>
    </message>
    <message>
        <source>Further columns</source>
        <translation>Weitere Spalten</translation>
    </message>
    <message>
        <source>Label from</source>
        <translation>Label aus</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>unbekannt</translation>
    </message>
    <message>
        <source>Model: {name}</source>
        <translation>Modell: {name}</translation>
    </message>
    <message>
        <source>{age:.0f} years</source>
        <translation>{age:.0f} Jahre</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>Quelle</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Relevant	+</source>
        <translation>Relevant	+</translation>
    </message>
    <message>
        <source>Not relevant	−</source>
        <translation>Nicht relevant	−</translation>
    </message>
    <message>
        <source>Take the mark away</source>
        <translation>Bewertung entfernen</translation>
    </message>
    <message>
        <source>Open as query	Enter</source>
        <translation>Als Anfrage öffnen	Eingabe</translation>
    </message>
    <message>
        <source>Pin to the tray	K</source>
        <translation>In der Ablage merken	K</translation>
    </message>
    <message>
        <source>Choose a folder…</source>
        <translation>Ordner wählen…</translation>
    </message>
    <message>
        <source>Open the demo</source>
        <translation>Demo öffnen</translation>
    </message>
    <message>
        <source>No catalogue is open</source>
        <translation>Es ist kein Katalog geöffnet</translation>
    </message>
    <message>
        <source>Similar cases come from a folder of past radiographs.</source>
        <translation>Ähnliche Fälle kommen aus einem Ordner mit früheren Röntgenaufnahmen.</translation>
    </message>
    <message>
        <source>Preparing the demo</source>
        <translation>Die Demo wird vorbereitet</translation>
    </message>
    <message>
        <source>Synthetic radiographs are made and indexed, once. Stopping keeps what was done.</source>
        <translation>Künstliche Aufnahmen werden einmal erzeugt und indexiert. Anhalten behält, was schon getan ist.</translation>
    </message>
    <message>
        <source>Of the cases that pass the filter even the nearest is {nearest:.3g} away. In this catalogue 99 of 100 cases have another patient&apos;s within {limit:.3g}.</source>
        <translation>Von den Fällen, die der Filter zulässt, ist selbst der nächste {nearest:.3g} entfernt. In diesem Katalog liegt für 99 von 100 Fällen der eines anderen Patienten innerhalb von {limit:.3g}.</translation>
    </message>
    <message>
        <source>Nothing similar passes the filter</source>
        <translation>Nichts Ähnliches passt zum Filter</translation>
    </message>
    <message>
        <source>Nothing similar</source>
        <translation>Nichts Ähnliches</translation>
    </message>
    <message>
        <source>Even the nearest case is {nearest:.3g} away. In this catalogue 99 of 100 cases have another patient&apos;s within {limit:.3g}. What the model says of such an image deserves doubt too.</source>
        <translation>Selbst der nächste Fall ist {nearest:.3g} entfernt. In diesem Katalog liegt für 99 von 100 Fällen der eines anderen Patienten innerhalb von {limit:.3g}. Auch was das Modell zu einer solchen Aufnahme sagt, verdient Zweifel.</translation>
    </message>
    <message>
        <source>Show the nearest anyway</source>
        <translation>Die nächsten trotzdem zeigen</translation>
    </message>
    <message>
        <source>This folder is not indexed</source>
        <translation>Dieser Ordner ist nicht indexiert</translation>
    </message>
    <message>
        <source>{name} has no index for {condition} ({bundle}). Building it reads every radiograph once; the files are not changed.</source>
        <translation>{name} hat keinen Index für {condition} ({bundle}). Sein Aufbau liest jede Aufnahme einmal; die Dateien bleiben unverändert.</translation>
    </message>
    <message>
        <source>Build the index</source>
        <translation>Index aufbauen</translation>
    </message>
    <message>
        <source>Indexing was stopped</source>
        <translation>Die Indexierung wurde angehalten</translation>
    </message>
    <message>
        <source>What was done of {name} is kept; indexing goes on from there.</source>
        <translation>Was von {name} getan ist, bleibt; die Indexierung geht von dort weiter.</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>Fortfahren</translation>
    </message>
    <message>
        <source>Indexing</source>
        <translation>Indexierung</translation>
    </message>
    <message>
        <source>Drawing synthetic radiographs</source>
        <translation>Künstliche Aufnahmen werden gezeichnet</translation>
    </message>
    <message>
        <source>{name}: every radiograph is read once and described for {condition}. Stopping keeps what was done.</source>
        <translation>{name}: Jede Aufnahme wird einmal gelesen und für {condition} beschrieben. Anhalten behält, was schon getan ist.</translation>
    </message>
    <message>
        <source>This catalogue cannot be used</source>
        <translation>Dieser Katalog ist nicht verwendbar</translation>
    </message>
    <message>
        <source>Index again</source>
        <translation>Neu indexieren</translation>
    </message>
    <message>
        <source>Clear the filter</source>
        <translation>Filter aufheben</translation>
    </message>
    <message>
        <source>Nothing to compare with</source>
        <translation>Nichts zum Vergleichen</translation>
    </message>
    <message>
        <source>No model is loaded</source>
        <translation>Es ist kein Modell geladen</translation>
    </message>
    <message>
        <source>Looking for radiographs: {done:,} files so far</source>
        <translation>Aufnahmen werden gesucht: bisher {done} Dateien</translation>
    </message>
    <message>
        <source>{done:,} of {total:,}   {current}</source>
        <translation>{done} von {total}   {current}</translation>
    </message>
    <message>
        <source>Writing the index</source>
        <translation>Der Index wird geschrieben</translation>
    </message>
    <message>
        <source>   ({refused:,} could not be read)</source>
        <translation>   ({refused} nicht lesbar)</translation>
    </message>
    <message>
        <source>Earlier query (Alt+Left)</source>
        <translation>Vorige Anfrage (Alt+Links)</translation>
    </message>
    <message>
        <source>Later query (Alt+Right)</source>
        <translation>Nächste Anfrage (Alt+Rechts)</translation>
    </message>
    <message>
        <source>Which cases may be found (Ctrl+F)</source>
        <translation>Welche Fälle gefunden werden dürfen (Strg+F)</translation>
    </message>
    <message>
        <source>The selected case is relevant: find more like it (+)</source>
        <translation>Der gewählte Fall ist relevant: mehr von dieser Art finden (+)</translation>
    </message>
    <message>
        <source>The selected case is not relevant (−)</source>
        <translation>Der gewählte Fall ist nicht relevant (−)</translation>
    </message>
    <message>
        <source>Take the last mark back (U)</source>
        <translation>Die letzte Bewertung zurücknehmen (U)</translation>
    </message>
    <message>
        <source>Pin</source>
        <translation>Merken</translation>
    </message>
    <message>
        <source>Keep the selected case in the tray (K)</source>
        <translation>Den gewählten Fall in der Ablage behalten (K)</translation>
    </message>
    <message>
        <source>Chart</source>
        <translation>Anteile</translation>
    </message>
    <message>
        <source>Findings and severity of the nearest cases (N)</source>
        <translation>Befunde und Schweregrad der nächsten Fälle (N)</translation>
    </message>
    <message>
        <source>How the cases were found</source>
        <translation>Wie die Fälle gefunden wurden</translation>
    </message>
    <message>
        <source>Filter ({count})</source>
        <translation>Filter ({count})</translation>
    </message>
    <message>
        <source>only cases that pass a filter of {count}</source>
        <translation>nur Fälle, die {count} Filterbedingungen erfüllen</translation>
    </message>
    <message>
        <source>re-ranked by {marked} of the reader&apos;s marks</source>
        <translation>neu geordnet nach {marked} Bewertungen des Betrachters</translation>
    </message>
    <message>
        <source>+ relevant · </source>
        <translation>+ relevant · </translation>
    </message>
    <message>
        <source>− not relevant · </source>
        <translation>− nicht relevant · </translation>
    </message>
    <message>
        <source>This case has no picture to pin yet.</source>
        <translation>Dieser Fall hat noch kein Bild, das sich merken ließe.</translation>
    </message>
    <message>
        <source>This case is pinned already, or the tray is full.</source>
        <translation>Dieser Fall ist schon gemerkt, oder die Ablage ist voll.</translation>
    </message>
    <message>
        <source>only {what}</source>
        <translation>nur {what}</translation>
    </message>
    <message>
        <source>re-ranked +{count} −{against}</source>
        <translation>neu geordnet +{count} −{against}</translation>
    </message>
    <message>
        <source>own patient left out</source>
        <translation>ohne eigenen Patienten</translation>
    </message>
    <message>
        <source>own patient included</source>
        <translation>mit eigenem Patienten</translation>
    </message>
    <message>
        <source>Folder for the results</source>
        <translation>Ordner für die Ergebnisse</translation>
    </message>
    <message>
        <source>Nothing waits for the archive {name}.</source>
        <translation>Für das Archiv {name} wartet nichts.</translation>
    </message>
    <message>
        <source>Sending to {name}…</source>
        <translation>Wird an {name} gesendet…</translation>
    </message>
    <message>
        <source>One result was written to {folder}.</source>
        <translation>Ein Ergebnis wurde nach {folder} geschrieben.</translation>
    </message>
    <message>
        <source>{count} results were written to {folder}.</source>
        <translation>{count} Ergebnisse wurden nach {folder} geschrieben.</translation>
    </message>
    <message>
        <source>One result is in the archive {name}.</source>
        <translation>Ein Ergebnis ist im Archiv {name}.</translation>
    </message>
    <message>
        <source>{count} results are in the archive {name}.</source>
        <translation>{count} Ergebnisse sind im Archiv {name}.</translation>
    </message>
    <message>
        <source>{problem} The results wait in the outbox.</source>
        <translation>{problem} Die Ergebnisse warten im Postausgang.</translation>
    </message>
    <message>
        <source>Send again</source>
        <translation>Erneut senden</translation>
    </message>
    <message>
        <source>series {number}, {title}: {modality}</source>
        <translation>Serie {number}, {title}: {modality}</translation>
    </message>
    <message>
        <source>Return as DICOM</source>
        <translation>Als DICOM zurückgeben</translation>
    </message>
    <message>
        <source>Secondary Capture: this sheet</source>
        <translation>Secondary Capture: dieses Blatt</translation>
    </message>
    <message>
        <source>Presentation State: outline, measurements and window on the query</source>
        <translation>Presentation State: Umriss, Messungen und Fensterung auf der Anfrage</translation>
    </message>
    <message>
        <source>Segmentation: the salient region as a mask</source>
        <translation>Segmentation: die relevante Region als Maske</translation>
    </message>
    <message>
        <source>Structured Report: probability, similar cases, model</source>
        <translation>Structured Report: Wahrscheinlichkeit, ähnliche Fälle, Modell</translation>
    </message>
    <message>
        <source>With the measurements and notes on the query</source>
        <translation>Mit den Messungen und Notizen auf der Anfrage</translation>
    </message>
    <message>
        <source>Threshold of the salient region</source>
        <translation>Schwelle der relevanten Region</translation>
    </message>
    <message>
        <source>Where the results go</source>
        <translation>Wohin die Ergebnisse gehen</translation>
    </message>
    <message>
        <source>To a folder…</source>
        <translation>In einen Ordner…</translation>
    </message>
    <message>
        <source>To the archive {name}</source>
        <translation>In das Archiv {name}</translation>
    </message>
    <message>
        <source>I have looked: nothing on this sheet identifies another</source>
        <translation>Ich habe nachgesehen: Nichts auf diesem Blatt weist auf andere hin</translation>
    </message>
    <message>
        <source>Return</source>
        <translation>Zurückgeben</translation>
    </message>
    <message>
        <source>To the archive {name}, with {count} that wait</source>
        <translation>In das Archiv {name}, mit {count} wartenden</translation>
    </message>
    <message>
        <source>Outbox ({count})…</source>
        <translation>Postausgang ({count})…</translation>
    </message>
    <message>
        <source>Salient region: saliency at least</source>
        <translation>Relevante Region: Relevanz mindestens</translation>
    </message>
    <message>
        <source>Drag over the sheet to black out a part of it. Results go into the query&apos;s own study, under its patient; of the similar cases they hold no identity.</source>
        <translation>Ziehen Sie über das Blatt, um einen Teil zu schwärzen. Die Ergebnisse kommen in die Studie der Anfrage, unter deren Patienten; von den ähnlichen Fällen enthalten sie keine Identität.</translation>
    </message>
    <message>
        <source>Saved. After the next start: {names}.</source>
        <translation>Gespeichert. Nach dem nächsten Start: {names}.</translation>
    </message>
    <message>
        <source>The folder of past cases that is opened at the start</source>
        <translation>Der Ordner mit früheren Fällen, der beim Start geöffnet wird</translation>
    </message>
    <message>
        <source>The model where none is named and the catalogue was not made with a certain one</source>
        <translation>Das Modell, wo keines genannt ist und der Katalog nicht mit einem bestimmten gemacht wurde</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Verfahren</translation>
    </message>
    <message>
        <source>How similarity is measured</source>
        <translation>Wie Ähnlichkeit gemessen wird</translation>
    </message>
    <message>
        <source>How many are shown</source>
        <translation>Wie viele gezeigt werden</translation>
    </message>
    <message>
        <source>Own patient</source>
        <translation>Eigener Patient</translation>
    </message>
    <message>
        <source>Leave the query&apos;s own patient out of the similar cases</source>
        <translation>Den Patienten der Anfrage aus den ähnlichen Fällen auslassen</translation>
    </message>
    <message>
        <source>auto takes an NVIDIA graphics card where there is one</source>
        <translation>auto nimmt eine NVIDIA-Grafikkarte, wo es eine gibt</translation>
    </message>
    <message>
        <source>Lay relevance over the radiographs</source>
        <translation>Relevanz über die Aufnahmen legen</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>Deckkraft</translation>
    </message>
    <message>
        <source>Of the overlay where relevance is high, from 0 to 1</source>
        <translation>Der Karte, wo die Relevanz hoch ist, von 0 bis 1</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Farben</translation>
    </message>
    <message>
        <source>Of the overlay</source>
        <translation>Der Karte</translation>
    </message>
    <message>
        <source>Zoom, position and window move together</source>
        <translation>Zoom, Lage und Fensterung gehen gemeinsam</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Of the window; auto: the system&apos;s, where there is a translation</source>
        <translation>Des Fensters; auto: die des Systems, wo es eine Übersetzung gibt</translation>
    </message>
    <message>
        <source>Links</source>
        <translation>Links</translation>
    </message>
    <message>
        <source>Folders, one a line, that kindred:// links may open files from</source>
        <translation>Ordner, einer je Zeile, aus denen kindred://-Links Dateien öffnen dürfen</translation>
    </message>
    <message>
        <source>Receiver</source>
        <translation>Empfänger</translation>
    </message>
    <message>
        <source>The address at which other systems can send radiographs</source>
        <translation>Die Adresse, an die andere Systeme Aufnahmen senden können</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Port</translation>
    </message>
    <message>
        <source>Of the receiver</source>
        <translation>Des Empfängers</translation>
    </message>
    <message>
        <source>AE title</source>
        <translation>AE-Title</translation>
    </message>
    <message>
        <source>That senders must call</source>
        <translation>Den Absender ansprechen müssen</translation>
    </message>
    <message>
        <source>Senders</source>
        <translation>Absender</translation>
    </message>
    <message>
        <source>AE titles, one a line, that may send; none: this computer alone</source>
        <translation>AE-Titles, die senden dürfen, einer je Zeile; keiner: nur dieser Rechner</translation>
    </message>
    <message>
        <source>The folder radiographs are written to; none: your data folder</source>
        <translation>Der Ordner, in den Aufnahmen geschrieben werden; keiner: Ihr Datenordner</translation>
    </message>
    <message>
        <source>Index them</source>
        <translation>Indexieren</translation>
    </message>
    <message>
        <source>Bring the folder&apos;s catalogue up to date as they arrive</source>
        <translation>Den Katalog des Ordners beim Eintreffen aktualisieren</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>General</source>
        <translation>Allgemein</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>Kept in {path}; what you wrote there by hand stays. Archives, and the receiver&apos;s limits, are written there, in [archives] and [receiver].</source>
        <translation>Gespeichert in {path}; was Sie dort von Hand geschrieben haben, bleibt. Archive und die Grenzen des Empfängers werden dort eingetragen, in [archives] und [receiver].</translation>
    </message>
    <message>
        <source>Every setting and key as it ships; nothing is written before Save</source>
        <translation>Alle Einstellungen und Tasten wie ausgeliefert; vor „Speichern“ wird nichts geschrieben</translation>
    </message>
    <message>
        <source>There is no folder {folder}.</source>
        <translation>Den Ordner {folder} gibt es nicht.</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Wählen…</translation>
    </message>
    <message>
        <source>Choose the catalogue&apos;s folder</source>
        <translation>Ordner des Katalogs wählen</translation>
    </message>
    <message>
        <source>A folder of past cases</source>
        <translation>Ein Ordner mit früheren Fällen</translation>
    </message>
    <message>
        <source>at once</source>
        <translation>sofort</translation>
    </message>
    <message>
        <source>after the next start</source>
        <translation>nach dem nächsten Start</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>ja</translation>
    </message>
    <message>
        <source>No findings known</source>
        <translation>Keine Befunde bekannt</translation>
    </message>
    <message>
        <source> at detector</source>
        <translation> am Detektor</translation>
    </message>
    <message>
        <source>Comparison</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>The window that runs is of another version of Kindred; close it first.</source>
        <translation>Das laufende Fenster gehört zu einer anderen Version von Kindred; schließen Sie es zuerst.</translation>
    </message>
    <message>
        <source>The window that runs did not understand what it should open.</source>
        <translation>Das laufende Fenster hat nicht verstanden, was es öffnen soll.</translation>
    </message>
    <message>
        <source>The window that runs does not answer any more; end it and try again.</source>
        <translation>Das laufende Fenster antwortet nicht mehr; beenden Sie es und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>Similar past cases, and why</source>
        <translation>Ähnliche frühere Fälle, und warum</translation>
    </message>
    <message>
        <source>Open one radiograph…</source>
        <translation>Eine Röntgenaufnahme öffnen…</translation>
    </message>
    <message>
        <source>The demo</source>
        <translation>Die Demo</translation>
    </message>
    <message>
        <source>A catalogue of synthetic chest radiographs with known disease, made on this computer in about a minute. No patient is in it.</source>
        <translation>Ein Katalog künstlicher Thoraxaufnahmen mit bekannter Erkrankung, auf diesem Rechner in etwa einer Minute erzeugt. Er enthält keine Patienten.</translation>
    </message>
    <message>
        <source>Your own radiographs</source>
        <translation>Ihre eigenen Röntgenaufnahmen</translation>
    </message>
    <message>
        <source>A folder of DICOM, JPEG, PNG or TIFF files. It is indexed once; the files themselves are not changed, and nothing leaves this computer.</source>
        <translation>Ein Ordner mit DICOM-, JPEG-, PNG- oder TIFF-Dateien. Er wird einmal indexiert; die Dateien selbst bleiben unverändert, und nichts verlässt diesen Rechner.</translation>
    </message>
    <message>
        <source>or drop a file or a folder anywhere in this window</source>
        <translation>oder ziehen Sie eine Datei oder einen Ordner irgendwo in dieses Fenster</translation>
    </message>
    <message>
        <source>Look through patients, studies and series; a folder can be dropped</source>
        <translation>Patienten, Studien und Serien durchsehen; ein Ordner lässt sich hierher ziehen</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Tag</source>
        <translation>Tag</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Search tag, name or value</source>
        <translation>Tag, Name oder Wert suchen</translation>
    </message>
    <message>
        <source>Show what may identify the patient</source>
        <translation>Zeigen, was auf den Patienten hinweisen kann</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>Tags</translation>
    </message>
    <message>
        <source>Tags of the query&apos;s file</source>
        <translation>Tags der Datei der Anfrage</translation>
    </message>
    <message>
        <source>This file is no DICOM: it has no tags.</source>
        <translation>Diese Datei ist kein DICOM: Sie hat keine Tags.</translation>
    </message>
    <message>
        <source>Open radiograph</source>
        <translation>Geöffnete Röntgenaufnahme</translation>
    </message>
    <message>
        <source>Condition, and the model bundle that finds it</source>
        <translation>Erkrankung und das Modellpaket, das sie findet</translation>
    </message>
    <message>
        <source>Number of similar cases shown</source>
        <translation>Anzahl der gezeigten ähnlichen Fälle</translation>
    </message>
    <message>
        <source>Save the comparison as a picture, without identity (E)</source>
        <translation>Den Vergleich als Bild speichern, ohne Identität (E)</translation>
    </message>
    <message>
        <source>Methods</source>
        <translation>Verfahren</translation>
    </message>
    <message>
        <source>What each retrieval method finds, side by side (M)</source>
        <translation>Was jedes Suchverfahren findet, nebeneinander (M)</translation>
    </message>
    <message>
        <source>Mouse and keys (?)</source>
        <translation>Maus und Tasten (?)</translation>
    </message>
    <message>
        <source>condition</source>
        <translation>Befund</translation>
    </message>
    <message>
        <source>auto</source>
        <translation>automatisch</translation>
    </message>
    <message>
        <source>lungs</source>
        <translation>Lunge</translation>
    </message>
    <message>
        <source>bones</source>
        <translation>Knochen</translation>
    </message>
    <message>
        <source>window {number}</source>
        <translation>Fensterung {number}</translation>
    </message>
    <message>
        <source>Drop a radiograph here, or open one with Ctrl+O.</source>
        <translation>Ziehen Sie eine Röntgenaufnahme hierher, oder öffnen Sie eine mit Strg+O.</translation>
    </message>
    <message>
        <source>Demo</source>
        <translation>Demo</translation>
    </message>
    <message>
        <source>Index this folder again</source>
        <translation>Diesen Ordner neu indexieren</translation>
    </message>
    <message>
        <source>The file&apos;s windows</source>
        <translation>Fensterungen der Datei</translation>
    </message>
    <message>
        <source>How the radiographs are looked at</source>
        <translation>Wie die Aufnahmen betrachtet werden</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>Messen</translation>
    </message>
    <message>
        <source>Measure and mark; a tool chosen again is put away</source>
        <translation>Messen und markieren; ein nochmals gewähltes Werkzeug wird weggelegt</translation>
    </message>
    <message>
        <source>Open a radiograph</source>
        <translation>Eine Röntgenaufnahme öffnen</translation>
    </message>
    <message>
        <source>Open a folder of past cases</source>
        <translation>Einen Ordner mit früheren Fällen öffnen</translation>
    </message>
    <message>
        <source>The picture may identify a patient.</source>
        <translation>Das Bild kann auf einen Patienten hinweisen.</translation>
    </message>
    <message>
        <source>PNG picture (*.png)</source>
        <translation>PNG-Bild (*.png)</translation>
    </message>
    <message>
        <source>There is no other screen.</source>
        <translation>Es gibt keinen anderen Bildschirm.</translation>
    </message>
    <message>
        <source>Cannot use the model bundle {name}: {reason}.</source>
        <translation>Das Modellpaket {name} ist nicht verwendbar: {reason}.</translation>
    </message>
    <message>
        <source>Cannot use the catalogue of {folder}: {reason}.</source>
        <translation>Der Katalog von {folder} ist nicht verwendbar: {reason}.</translation>
    </message>
    <message>
        <source>Cannot use the table {name}: {reason}.</source>
        <translation>Die Tabelle {name} ist nicht verwendbar: {reason}.</translation>
    </message>
    <message>
        <source>Cannot write {name}: {reason}.</source>
        <translation>{name} lässt sich nicht schreiben: {reason}.</translation>
    </message>
    <message>
        <source>The catalogue has nothing to compare with: {reason}.</source>
        <translation>Der Katalog hat nichts zum Vergleichen: {reason}.</translation>
    </message>
    <message>
        <source>there is no such file; it may have been moved or renamed</source>
        <translation>es gibt keine solche Datei; vielleicht wurde sie verschoben oder umbenannt</translation>
    </message>
    <message>
        <source>you have no permission to read it; ask for it or copy the file elsewhere</source>
        <translation>Ihnen fehlt das Recht, sie zu lesen; bitten Sie darum, oder kopieren Sie die Datei an einen anderen Ort</translation>
    </message>
    <message>
        <source>the file is empty; copy it again from its source</source>
        <translation>die Datei ist leer; kopieren Sie sie erneut von ihrer Quelle</translation>
    </message>
    <message>
        <source>it is a folder; choose one radiograph in it</source>
        <translation>es ist ein Ordner; wählen Sie eine Aufnahme darin</translation>
    </message>
    <message>
        <source>it is not a regular file; choose another one</source>
        <translation>es ist keine gewöhnliche Datei; wählen Sie eine andere</translation>
    </message>
    <message>
        <source>nothing in it can be read as DICOM; fetch it again from its source</source>
        <translation>nichts darin ist als DICOM lesbar; holen Sie die Datei erneut von ihrer Quelle</translation>
    </message>
    <message>
        <source>its file header is damaged; fetch it again from its source</source>
        <translation>ihr Dateikopf ist beschädigt; holen Sie die Datei erneut von ihrer Quelle</translation>
    </message>
    <message>
        <source>the file is damaged or cut short ({details}); fetch it again from its source</source>
        <translation>die Datei ist beschädigt oder abgeschnitten ({details}); holen Sie sie erneut von ihrer Quelle</translation>
    </message>
    <message>
        <source>the file is cut short: its pixels are missing; fetch it again from its source</source>
        <translation>die Datei ist abgeschnitten: Ihre Pixel fehlen; holen Sie sie erneut von ihrer Quelle</translation>
    </message>
    <message>
        <source>its compressed picture is cut short; fetch it again from its source</source>
        <translation>ihr komprimiertes Bild ist abgeschnitten; holen Sie die Datei erneut von ihrer Quelle</translation>
    </message>
    <message>
        <source>its compression ({syntax}) is not supported; export it uncompressed or as JPEG 2000</source>
        <translation>ihre Kompression ({syntax}) wird nicht unterstützt; exportieren Sie sie unkomprimiert oder als JPEG 2000</translation>
    </message>
    <message>
        <source>it holds no picture{details}; choose a radiograph</source>
        <translation>sie enthält kein Bild{details}; wählen Sie eine Röntgenaufnahme</translation>
    </message>
    <message>
        <source>it holds {frames} pictures; export the one radiograph to compare by itself</source>
        <translation>sie enthält {frames} Bilder; exportieren Sie die eine Aufnahme, die verglichen werden soll, für sich</translation>
    </message>
    <message>
        <source>it holds {frames} pictures; save the one radiograph to compare by itself</source>
        <translation>sie enthält {frames} Bilder; speichern Sie die eine Aufnahme, die verglichen werden soll, für sich</translation>
    </message>
    <message>
        <source>it lacks {elements}, without which its pixels cannot be shown</source>
        <translation>ihr fehlt {elements}; ohne das lassen sich ihre Pixel nicht zeigen</translation>
    </message>
    <message>
        <source>none of its pixels is a number; it is damaged</source>
        <translation>keines ihrer Pixel ist eine Zahl; sie ist beschädigt</translation>
    </message>
    <message>
        <source>there is not enough memory to open it; close other programs</source>
        <translation>der Speicher reicht nicht, um sie zu öffnen; schließen Sie andere Programme</translation>
    </message>
    <message>
        <source>all of its cases are of this patient</source>
        <translation>alle seine Fälle sind von diesem Patienten</translation>
    </message>
    <message>
        <source>it holds no usable case</source>
        <translation>er enthält keinen verwendbaren Fall</translation>
    </message>
    <message>
        <source>none of its other cases passes the filter ({filter})</source>
        <translation>keiner seiner anderen Fälle erfüllt den Filter ({filter})</translation>
    </message>
    <message>
        <source>there is no such folder</source>
        <translation>es gibt keinen solchen Ordner</translation>
    </message>
    <message>
        <source>there are no radiographs in it</source>
        <translation>darin sind keine Röntgenaufnahmen</translation>
    </message>
    <message>
        <source>it was not indexed yet; index it first</source>
        <translation>er wurde noch nicht indexiert; indexieren Sie ihn zuerst</translation>
    </message>
    <message>
        <source>it was not indexed with the bundle {bundle}; index it first</source>
        <translation>er wurde nicht mit dem Modellpaket {bundle} indexiert; indexieren Sie ihn zuerst</translation>
    </message>
    <message>
        <source>it was indexed without the method {method}; index it again</source>
        <translation>er wurde ohne das Verfahren {method} indexiert; indexieren Sie ihn erneut</translation>
    </message>
    <message>
        <source>its list of cases is damaged; index the folder again to repair it</source>
        <translation>seine Fallliste ist beschädigt; indexieren Sie den Ordner erneut, um sie zu reparieren</translation>
    </message>
    <message>
        <source>its embeddings of {method} is damaged; index the folder again to repair it</source>
        <translation>seine Einbettungen von {method} sind beschädigt; indexieren Sie den Ordner erneut, um sie zu reparieren</translation>
    </message>
    <message>
        <source>it was made with another bundle ({bundle}) or by another version of Kindred; index it again</source>
        <translation>er wurde mit einem anderen Modellpaket ({bundle}) oder von einer anderen Version von Kindred gemacht; indexieren Sie ihn erneut</translation>
    </message>
    <message>
        <source>it is being indexed by {who}; wait until that is done, or stop it</source>
        <translation>er wird gerade von {who} indexiert; warten Sie, bis das fertig ist, oder halten Sie es an</translation>
    </message>
    <message>
        <source>The file of case {case} changed since it was indexed; index again.</source>
        <translation>Die Datei des Falls {case} hat sich seit der Indexierung geändert; indexieren Sie erneut.</translation>
    </message>
    <message>
        <source>This is a lateral view ({view}), and the model was made for {views}: its answer means little.</source>
        <translation>Dies ist eine seitliche Aufnahme ({view}), und das Modell wurde für {views} gemacht: Seine Antwort besagt wenig.</translation>
    </message>
    <message>
        <source>The file gives the view as {found}, and the model was made for {expected}: its answer means little.</source>
        <translation>Die Datei gibt als Projektion {found} an, und das Modell wurde für {expected} gemacht: Seine Antwort besagt wenig.</translation>
    </message>
    <message>
        <source>The file gives the body part as {found}, and the model was made for {expected}: its answer means little.</source>
        <translation>Die Datei gibt als Körperteil {found} an, und das Modell wurde für {expected} gemacht: Seine Antwort besagt wenig.</translation>
    </message>
    <message>
        <source>The file gives the modality as {found}, and the model was made for {expected}: its answer means little.</source>
        <translation>Die Datei gibt als Modalität {found} an, und das Modell wurde für {expected} gemacht: Seine Antwort besagt wenig.</translation>
    </message>
    <message>
        <source>The image is in colour, and the model was made for grey radiographs.</source>
        <translation>Das Bild ist farbig, und das Modell wurde für graue Röntgenaufnahmen gemacht.</translation>
    </message>
    <message>
        <source>The image is grey, and the model was made for colour.</source>
        <translation>Das Bild ist grau, und das Modell wurde für Farbe gemacht.</translation>
    </message>
    <message>
        <source>The image is constant: there is nothing to compare.</source>
        <translation>Das Bild ist einförmig: Es gibt nichts zu vergleichen.</translation>
    </message>
    <message>
        <source>The file says that its pixels hold text that may identify the patient (BurnedInAnnotation).</source>
        <translation>Die Datei sagt, dass ihre Pixel Text enthalten, der auf den Patienten hinweisen kann (BurnedInAnnotation).</translation>
    </message>
    <message>
        <source>The file contradicts itself on which end is white (MONOCHROME1 with Presentation LUT Shape IDENTITY): shown as MONOCHROME1. Check that bone is white.</source>
        <translation>Die Datei widerspricht sich darin, welches Ende weiß ist (MONOCHROME1 mit Presentation LUT Shape IDENTITY): gezeigt als MONOCHROME1. Prüfen Sie, dass Knochen weiß sind.</translation>
    </message>
    <message>
        <source>A window in the file makes no sense and is left out.</source>
        <translation>Eine Fensterung in der Datei ergibt keinen Sinn und wird ausgelassen.</translation>
    </message>
    <message>
        <source>A VOI look-up table in the file is damaged and is left out.</source>
        <translation>Eine VOI-Tabelle in der Datei ist beschädigt und wird ausgelassen.</translation>
    </message>
    <message>
        <source>No NVIDIA GPU was found; running on the CPU.</source>
        <translation>Es wurde keine NVIDIA-GPU gefunden; gerechnet wird auf der CPU.</translation>
    </message>
    <message>
        <source>The GPU could not be used ({details}); running on the CPU.</source>
        <translation>Die GPU war nicht verwendbar ({details}); gerechnet wird auf der CPU.</translation>
    </message>
    <message>
        <source>this method goes on computing after its last feature map is averaged, so no position&apos;s part in the similarity can be told from the map; use occlusion</source>
        <translation>dieses Verfahren rechnet nach der Mittelung seiner letzten Merkmalskarte weiter, sodass sich der Anteil einer Stelle an der Ähnlichkeit nicht aus der Karte ablesen lässt; nehmen Sie die Verdeckung</translation>
    </message>
    <message>
        <source>The model did not see this region: it lies outside the part that was compared. Drag a region inside the lungs.</source>
        <translation>Das Modell hat diese Region nicht gesehen: Sie liegt außerhalb des verglichenen Teils. Ziehen Sie eine Region innerhalb der Lunge auf.</translation>
    </message>
    <message>
        <source>The model did not see this place: it lies outside the part that was compared. Choose a place inside the lungs.</source>
        <translation>Das Modell hat diese Stelle nicht gesehen: Sie liegt außerhalb des verglichenen Teils. Wählen Sie eine Stelle innerhalb der Lunge.</translation>
    </message>
    <message>
        <source>One of the two images gave no features: nothing can be compared.</source>
        <translation>Eines der beiden Bilder ergab keine Merkmale: Es lässt sich nichts vergleichen.</translation>
    </message>
    <message>
        <source>The folder {name} is not there. Is its drive connected?</source>
        <translation>Der Ordner {name} ist nicht da. Ist sein Laufwerk verbunden?</translation>
    </message>
    <message>
        <source>Secondary Capture</source>
        <translation>Secondary Capture</translation>
    </message>
    <message>
        <source>Presentation State</source>
        <translation>Presentation State</translation>
    </message>
    <message>
        <source>Segmentation</source>
        <translation>Segmentation</translation>
    </message>
    <message>
        <source>Structured Report</source>
        <translation>Structured Report</translation>
    </message>
    <message>
        <source>Outbox</source>
        <translation>Postausgang</translation>
    </message>
    <message>
        <source>Results that wait for an archive</source>
        <translation>Ergebnisse, die auf ein Archiv warten</translation>
    </message>
    <message>
        <source>Discard…</source>
        <translation>Verwerfen…</translation>
    </message>
    <message>
        <source>These go along with the next results for their archive.</source>
        <translation>Diese gehen mit den nächsten Ergebnissen für ihr Archiv mit.</translation>
    </message>
    <message>
        <source>Delete this result for good, without sending it to the archive {name}?</source>
        <translation>Dieses Ergebnis endgültig löschen, ohne es an das Archiv {name} zu senden?</translation>
    </message>
    <message>
        <source>Delete these {count} results for good, without sending them?</source>
        <translation>Diese {count} Ergebnisse endgültig löschen, ohne sie zu senden?</translation>
    </message>
    <message>
        <source>Discard results</source>
        <translation>Ergebnisse verwerfen</translation>
    </message>
</context>
</TS>
