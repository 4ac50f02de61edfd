# Ruby 3.4: blocks, exceptions, fibers, big numbers, strings, pattern matching, refinements, garbage collection, files, the library.
require "json"
require "set"
require "erb"
require "digest"
require "stringio"
require "time"

puts RUBY_VERSION, RUBY_PLATFORM
puts [3, 1, 2].sort.map { |x| x * x }.inspect, 2**200, 10.fdiv(3), (1..20).reduce(:*)

def fib(n) = n < 2 ? n : fib(n - 1) + fib(n - 2)
puts fib(20)

class Failure < StandardError
  def initialize(text, code) = (super(text); @code = code)
  attr_reader :code
end

def risky(kind)
  yield
  raise Failure.new("failed: #{kind}", 7) if kind == :raise
  throw :done, :thrown if kind == :throw
  :returned
rescue Failure => error
  "#{error.message} #{error.code} #{error.backtrace.size}"
ensure
  puts "ensured #{kind}"
end
puts %i[return raise throw].map { |kind| catch(:done) { risky(kind) { nil } } }.inspect
begin
  Integer("x")
rescue ArgumentError => error
  puts error.message
end
begin
  def deep(n) = deep(n + 1) + 1
  deep(0)
rescue SystemStackError => error
  puts error.class
end

generator = Enumerator.new { |out| a, b = 0, 1; loop { out << a; a, b = b, a + b } }
puts generator.lazy.select(&:even?).first(8).inspect
fiber = Fiber.new { |x| loop { x = Fiber.yield(x * 2) } }
puts [fiber.resume(1), fiber.resume(21)].inspect

case { name: "n", sizes: [1, [2, 3]] }
in { name: String => name, sizes: [Integer => first, [*, last]] }
  puts "#{name} #{first} #{last}"
end

text = "Grüße, мир, 世界"
puts text.length, text.bytesize, text.upcase, text.scan(/\p{Cyrillic}+/).inspect, text.encode("UTF-16BE").bytes.sum
puts "%05d|%-6s|%+.3e|%x" % [42, "ab", 12345.678, 255], "a-b_c".tr("a-c", "A-C"), "aXbXc".gsub(/X(.)/) { $1.upcase }

garbage = 200.times.map { |i| "x" * (i * 100) if i % 50 == 0 }
20_000.times { |i| [i.to_s, { i => i }] }
GC.start
puts garbage.compact.map(&:size).inspect

puts JSON.pretty_generate(JSON.parse('{"a":[1,2.5,null,true],"b":{"c":"\u00e9"}}')), Set[1, 2, 3].superset?(Set[1]).inspect
puts ERB.new("<% 3.times do |i| %><%= i %>,<% end %>").result, Digest::SHA256.hexdigest("umber"), Time.at(0).utc.iso8601
puts Struct.new(:a, :b).new(1, 2).to_a.inspect, 1r / 3 + 2i, Comparable.instance_method(:clamp).owner

Dir.mkdir("/made")
File.write("/made/a.txt", "one\ntwo\nthree\n")
File.open("/made/a.txt", "a") { |file| file.puts "four" }
File.rename("/made/a.txt", "/made/b.txt")
File.open("/made/b.txt", "r+") { |file| file.seek(4); file.write("TWO"); file.rewind; puts file.each_line.map(&:chomp).inspect }
puts Dir.children("/made").inspect, File.size("/made/b.txt"), File.exist?("/made/a.txt"), File.directory?("/made")
puts File.foreach("/rows.csv").first(3).map { |line| line.chomp.split(",").size }.inspect
begin
  File.read("/missing")
rescue Errno::ENOENT => error
  puts error.class
end
puts StringIO.new("l1\nl2").readlines.inspect
at_exit { puts "never: the host only calls a library" }
