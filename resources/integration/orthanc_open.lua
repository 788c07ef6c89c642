-- Opens each study that has arrived in an Orthanc with Kindred, on the reader's own computer.
--
-- For an Orthanc that runs as the reader, beside Kindred: it starts a program on the screen.
-- In Orthanc's configuration:  "LuaScripts" : [ "/path/to/orthanc_open.lua" ]

local KINDRED = os.getenv('KINDRED_COMMAND') or 'kindred'
local ARCHIVE = 'orthanc' -- as in Kindred's settings: [archives.orthanc]

-- What stands in a file was written by others: only a UID gets as far as a command.
local function isUid(text)
  return type(text) == 'string' and #text <= 64 and text:match('^%d[%d.]*%d$') ~= nil
end

function OnStableStudy(studyId, tags, metadata)
  local uid = tags['StudyInstanceUID']
  if not isUid(uid) then
    print('Kindred: a study without a proper Study Instance UID is not opened')
    return
  end
  local link = 'kindred://open?archive=' .. ARCHIVE .. '&study=' .. uid
  if package.config:sub(1, 1) == '\\' then -- Windows
    os.execute('start "" "' .. link .. '"')
  else
    os.execute(KINDRED .. ' open -- "' .. link .. '" &')
  end
end
