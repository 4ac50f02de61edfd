-- Strings: patterns, gsub with functions and tables, pack and unpack, utf8, long strings, load of generated code.
local text = [[The quick brown fox jumps over the lazy dog; 12 monkeys + 7 samurai = 19.]]
print(text:upper():lower() == text:lower(), #text, text:rep(2, "|"):len())
for word, number in text:gmatch("(%a+)%s+(%d+)") do io.write(word, "=", number, ";") end
print(text:gsub("%w+", function(w) if #w > 4 then return w:reverse() end end))
print(text:gsub("(%w+) (%w+)", "%2 %1", 2))
print(text:find("lazy", 1, true), text:match("(%d+) monkeys"), text:find("[^%w%s]"))
print(("x"):byte(), string.char(72, 105), ("a,b,,c"):gsub(",", {[","] = ";"}))
print(("%bxy"):len(), ("f(a(b)c)d"):match("%b()"), ("THE (quick) fox"):find("%((%a+)%)"))
print(("key = value"):match("^(%w+)%s*=%s*(%w+)$"))
local packed = string.pack("<i4 >i2 z d", -2, 513, "zero", 1.5)
print(#packed, packed:byte(1, 6))
print(string.unpack("<i4 >i2 z d", packed))
print(utf8.char(228, 8364, 128512), utf8.len("äöü"), #"äöü")
for position, code in utf8.codes("aé€") do io.write(position, ":", code, " ") end
print()
local parts = {}
for i = 1, 2000 do parts[#parts + 1] = string.format("%d:%s", i, ("ab"):rep(i % 5)) end
local joined = table.concat(parts, ",")
local sum = 0
for i = 1, #joined do sum = (sum * 31 + joined:byte(i)) & 0xffffffff end
print(#joined, sum)
local program = "local t = {} for i = 1, 50 do t[i] = function() return i * " .. 3 .. " end end return t[50]()"
print(load(program)())
print(tostring(nil), tostring(true), tonumber("  0x1p4  "), tonumber("z", 36), tonumber("8", 8), tonumber("1e"))
