-- Errors and coroutines: both leave C frames by longjmp, so this needs a build with a working setjmp.
print(pcall(error, "plain"))
print(select(2, pcall(function() error({code = 5}) end)).code)
print(select(2, pcall(function() local t = nil; return t.field end)))
print(xpcall(function() return 1 + {} end, function(message) return "handled: " .. message end))
local ok, nested = pcall(function()
  local inner_ok, message = pcall(error, "inner", 0)
  error(message .. "+outer", 0)
end)
print(ok, nested)

local function generate(limit)
  return coroutine.wrap(function() for i = 1, limit do coroutine.yield(i, i * i) end end)
end
local sum = 0
for i, square in generate(100) do sum = sum + square - i end
print("generated", sum)

local producer = coroutine.create(function(a)
  for round = 1, 3 do
    a = coroutine.yield(a * 2)
  end
  error("finished")
end)
print(coroutine.resume(producer, 1))
print(coroutine.resume(producer, 10))
print(coroutine.resume(producer, 100))
print(coroutine.resume(producer, 1000))
print(coroutine.status(producer), coroutine.resume(producer))

local function deep(n) return n == 0 and error("deep", 0) or deep(n - 1) + 1 end
print(pcall(deep, 150))
local closed = {}
do
  local handle <close> = setmetatable({}, {__close = function() closed[#closed + 1] = "closed" end})
  pcall(function() local other <close> = handle; error("x") end)
end
print(table.concat(closed, ","))
print(load("syntax error here"))
local depth = 0
local function overflow() depth = depth + 1 return overflow() + 1 end
print((pcall(overflow)), depth > 1000)
print(tostring(setmetatable({}, {__tostring = function() return "custom" end})), #tostring(print) > 5)
