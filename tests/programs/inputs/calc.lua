-- Numbers: integers that wrap, floats, formatting, conversions, bit operations, integer division and modulo of signs.
print(7 // 2, -7 // 2, 7 % -3, -7 % 3, 7.5 // 2, -7.5 % 2)
print(math.maxinteger + 1 == math.mininteger, math.maxinteger * 2.0, 1e15, 1e16, 2^53, 10 / 2)
print(string.format("%5d|%-8s|%08.3f|%x|%g|%e|%q", 42, "left", math.pi, 48879, 1e20, 12345.678, "a\nb"))
print(0xff & 0x0f, 1 << 62, 1 << 63, 1 << 64, ~0, 5 ~ 3, "10" + 5, "0x10" * 2, 3 | 8)
print(tostring(1e100), tostring(-0.0), 0/0 ~= 0/0, 1/0, -1/0, math.type(1), math.type(1.0), math.tointeger(3.0))

local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print("fib", fib(22))

local sum, x = 0.0, 0.5
for i = 1, 20000 do
  x = 3.9 * x * (1 - x)
  sum = sum + x
end
print(string.format("logistic %.12f %.12f", x, sum))

local function primes(limit)
  local composite, found = {}, {}
  for i = 2, limit do
    if not composite[i] then
      found[#found + 1] = i
      for j = i * i, limit, i do composite[j] = true end
    end
  end
  return found
end
local list = primes(5000)
print(#list, list[1], list[#list], table.concat(list, ",", 1, 12))
print(math.floor(-3.5), math.ceil(-3.5), math.fmod(-7, 3), math.abs(-4), math.max(3, 9, 2), math.ult(1, -1))
