-- The load for wrk, which takes a seventh of what the Python generator costs.
-- The plan is a Lua file that returns one table: see tests/benchmarks/load.py.
local plan = dofile(os.getenv("GONGZHANG_BENCH_PLAN"))
local accounts, size, count = plan.accounts, #plan.accounts, 0
local random, format, concat = math.random, string.format, table.concat
local second = os.time()

wrk.method = "POST"
wrk.path = plan.path
wrk.headers["Authorization"] = "Bearer " .. plan.api_key
wrk.headers["Content-Type"] = "application/json"

function init(args)
  math.randomseed(plan.seed)
end

-- A version 7 uuid: the moment of the start, a rising count, random bits.
local function key()
  count = count + 1
  local milliseconds = second * 1000
  return format("%08x-%04x-7%03x-8%03x-%06x%06x",
    math.floor(milliseconds / 65536) % 4294967296, milliseconds % 65536,
    math.floor(count / 4096) % 4096, count % 4096, random(0, 16777215), random(0, 16777215))
end

local function entry()
  local debit = accounts[random(size)]
  local credit = plan.hot or accounts[random(size)]
  while credit == debit do credit = accounts[random(size)] end
  return concat({plan.entry_start, debit, plan.entry_middle, credit, plan.entry_end})
end

function request()
  wrk.headers["Idempotency-Key"] = key()
  if plan.entries == 1 then return wrk.format(nil, nil, nil, entry()) end
  local parts = {}
  for place = 1, plan.entries do parts[place] = entry() end
  return wrk.format(nil, nil, nil, '{"entries":[' .. concat(parts, ",") .. "]}")
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(format('\nRESULT {"requests":%d,"seconds":%.6f,"refused":%d,"broken":%d,"p50_ms":%.3f,"p99_ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
