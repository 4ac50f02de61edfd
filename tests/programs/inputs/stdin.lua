-- A filter: reads standard input, numbers its lines, counts its bytes.
local bytes, number = 0, 0
for line in io.lines() do
  number = number + 1
  bytes = bytes + #line + 1
  print(string.format("%4d  %s", number, line))
end
io.stderr:write("done\n")
print(bytes)
