-- Files: write, append, read by line, number and block, seek, rename, remove, arguments, a missing file.
print(#arg, arg[1], arg[2])
local out = assert(io.open("table.txt", "w"))
for i = 1, 200 do out:write(i, " ", i * i, " ", i / 4, "\n") end
out:close()
out = assert(io.open("table.txt", "a"))
out:write("the end")
out:close()

local lines = 0
for line in io.lines("table.txt") do lines = lines + 1 end
local file = assert(io.open("table.txt", "rb"))
print(lines, file:seek("end"), file:seek("set", 4))
print(file:read("n", "n", "n", "l"))
print(file:read("L"), #file:read(100), file:seek("cur"))
print(#file:read("a"), file:read("a"), file:read("l"))
file:close()

assert(os.rename("table.txt", "renamed.txt"))
print((select(2, io.open("table.txt"))))
local update = assert(io.open("renamed.txt", "r+b"))
update:write("FIRST")
update:seek("set", 0)
print(update:read(8))
update:close()
local gone = assert(io.open("gone.tmp", "w"))
gone:write(("0123456789"):rep(5000))
gone:close()
print(os.remove("gone.tmp"), os.remove("gone.tmp") == nil)
print(os.getenv("UMBER_UNSET_VARIABLE"), type(os.time()), type(os.clock()), os.time({year = 2020, month = 1, day = 1, hour = 12}) > 0)
print(os.date("!%Y-%m-%d %H:%M:%S", 86400))
os.exit(7)
