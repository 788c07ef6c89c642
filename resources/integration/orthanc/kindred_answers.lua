-- Asks `kindred serve` about each study that has arrived in an Orthanc, and keeps its answer there.
--
--   kindred serve --catalogue FOLDER --port 8750 --token-file /etc/orthanc/kindred-token
--
-- In Orthanc's configuration, which runs on the same computer:
--
--   "LuaScripts" : [ "/path/to/kindred_answers.lua" ],
--   "UserMetadata" : { "KindredAnswer" : 4750 },
--   "StableAge" : 5,
--   "HttpTimeout" : 30
--
-- The answer is then at /studies/ID/metadata/KindredAnswer: a JSON object with one answer for each
-- radiograph, by its SOP Instance UID. Research use only; not for diagnosis.

local SERVICE = os.getenv('KINDRED_SERVICE') or 'http://127.0.0.1:8750'
local TOKEN_FILE = os.getenv('KINDRED_TOKEN_FILE') or '/etc/orthanc/kindred-token'
local METADATA = 4750
local MOST = 8 -- radiographs of one study; the others are left out

local RADIOGRAPHS = { CR = true, DX = true, DR = true, RG = true }

-- What stands in a file was written by others: it becomes a key of JSON.
local function isUid(text)
  return type(text) == 'string' and #text <= 64 and text:match('^%d[%d.]*%d$') ~= nil
end

local function token()
  local file = io.open(TOKEN_FILE, 'r')
  if file == nil then return nil end
  local line = file:read('*l')
  file:close()
  return line
end

-- The service's answer as it stands, or nil; Orthanc's log has why.
local function answerFor(instance, shown)
  local headers = {
    ['Authorization'] = 'Bearer ' .. shown,
    ['Content-Type'] = 'application/dicom',
    ['Expect'] = '', -- else curl waits a second before it sends a large body
  }
  local file = RestApiGet('/instances/' .. instance .. '/file')
  local answer = HttpPost(SERVICE .. '/query', file, headers)
  local parsed = answer and ParseJson(answer)
  if type(parsed) ~= 'table' or parsed['research_use_only'] ~= true then return nil end
  return answer
end

function OnStableStudy(studyId, tags, metadata)
  local shown = token()
  if shown == nil then
    print('Kindred: no token file at ' .. TOKEN_FILE)
    return
  end
  local found = {}
  for _, instance in ipairs(ParseJson(RestApiGet('/studies/' .. studyId .. '/instances'))) do
    local one = ParseJson(RestApiGet('/instances/' .. instance['ID'] .. '/simplified-tags'))
    local uid = one['SOPInstanceUID']
    if #found < MOST and RADIOGRAPHS[one['Modality']] and isUid(uid) then
      local answer = answerFor(instance['ID'], shown)
      if answer ~= nil then
        table.insert(found, '"' .. uid .. '":' .. answer)
      else
        print('Kindred: no answer for an instance of study ' .. studyId)
        -- A radiograph that cannot be read, or a service that is not there? Orthanc waits meanwhile.
        if HttpGet(SERVICE .. '/health') == nil then break end
      end
    end
  end
  if #found > 0 then
    local answers = '{' .. table.concat(found, ',') .. '}'
    RestApiPut('/studies/' .. studyId .. '/metadata/' .. METADATA, answers)
  end
end
