-- Sends the requests of a file, one body on each line, in the order of another, one line number each.

local requests = {}
local order = {}
local sent = 0

function init(args)
  local bodies = {}
  for body in io.lines(args[1]) do
    bodies[#bodies + 1] = wrk.format("POST", nil, nil, body)
  end
  for line in io.lines(args[2]) do
    order[#order + 1] = tonumber(line)
  end
  requests = bodies
end

function request()
  sent = sent % #order + 1
  return requests[order[sent]]
end

-- wrk counts in microseconds.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"requestsPerSecond":%f,"medianMs":%f,"p99Ms":%f,"failed":%d}\n',
    summary.requests,
    summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000,
    latency:percentile(99) / 1000,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
