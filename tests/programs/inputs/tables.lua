-- Tables, metatables, closures, varargs, sorting, garbage collection, goto, integer keys, string keys.
local Account = {}
Account.__index = Account
function Account.new(balance) return setmetatable({balance = balance}, Account) end
function Account:deposit(amount) self.balance = self.balance + amount return self end
Account.__add = function(a, b) return Account.new(a.balance + b.balance) end
Account.__eq = function(a, b) return a.balance == b.balance end
Account.__lt = function(a, b) return a.balance < b.balance end
Account.__tostring = function(a) return "account(" .. a.balance .. ")" end
Account.__call = function(a, x) return a.balance * x end
Account.__len = function(a) return a.balance end
local a, b = Account.new(10), Account.new(5):deposit(7)
print(tostring(a + b), a == b, a < b, a(3), #b)

local counters = {}
for i = 1, 3 do
  local n = 0
  counters[i] = function(step) n = n + step * i return n end
end
print(counters[1](1), counters[2](1), counters[2](1), counters[3](5))

local seed = 42
local function random(limit)
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  return (seed >> 8) % limit
end
local numbers = {}
for i = 1, 3000 do numbers[i] = random(100000) end
table.sort(numbers, function(p, q) return p > q end)
local ordered = true
for i = 2, #numbers do ordered = ordered and numbers[i - 1] >= numbers[i] end
print(ordered, numbers[1], numbers[1500], numbers[3000])

local function count(...) return select("#", ...), (select(2, ...)) end
print(count(nil, "two", nil))
print(table.unpack({1, 2, 3}, 2), #table.pack(1, nil, 3))

local garbage = 0
for round = 1, 20 do
  local keep = {}
  for i = 1, 500 do keep[i] = {name = "item" .. i, value = i * round} end
  garbage = garbage + #keep[500].name + keep[250].value
end
collectgarbage()
print(garbage, collectgarbage("count") < 2000)

local weak = setmetatable({}, {__mode = "k"})
weak[{}] = 1
collectgarbage()
print(next(weak))

for i = 1, 3 do
  for j = 1, 3 do
    if j == 2 then goto continue end
    io.write(i, ":", j, " ")
    ::continue::
  end
end
print()
local t = {10, 20, 30, nil, 50}
table.insert(t, 2, 15)
table.remove(t, 1)
print(t[1], t[2], table.move({1, 2, 3}, 1, 3, 2)[3])
local keys = {}
for k in pairs({x = 1, y = 2, z = 3}) do keys[#keys + 1] = k end
table.sort(keys)
print(table.concat(keys, " "))
