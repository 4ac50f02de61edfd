// Work: sieve, sorting, matrix product, memoised recursion, string building, a tiny interpreter, object graphs.
var seed = 1234;
function random(limit) {
  seed = (seed * 16807) % 2147483647;
  return seed % limit;
}

function sieve(limit) {
  var composite = [], count = 0;
  for (var i = 2; i <= limit; i++) {
    if (composite[i]) continue;
    count++;
    for (var j = i * i; j <= limit; j += i) composite[j] = true;
  }
  return count;
}
print('primes', sieve(20000));

var list = [];
for (var i = 0; i < 3000; i++) list.push(random(100000));
list.sort(function (a, b) { return a - b; });
print('sorted', list[0], list[1500], list[2999]);

function matrix(n) {
  var rows = [];
  for (var i = 0; i < n; i++) {
    rows.push([]);
    for (var j = 0; j < n; j++) rows[i].push(random(100) / 10);
  }
  return rows;
}
function multiply(a, b) {
  return a.map(function (row) {
    return b[0].map(function (_, j) {
      var sum = 0;
      for (var k = 0; k < b.length; k++) sum += row[k] * b[k][j];
      return sum;
    });
  });
}
var product = multiply(matrix(30), matrix(30));
print('matrix', product[0][0].toFixed(6), product[29][29].toFixed(6));

var memo = {};
function paths(x, y) {
  var key = x + ',' + y;
  if (x === 0 || y === 0) return 1;
  if (!(key in memo)) memo[key] = paths(x - 1, y) + paths(x, y - 1);
  return memo[key];
}
print('paths', paths(16, 16));

var text = '';
for (var n = 0; n < 2000; n++) text += String.fromCharCode(97 + random(26));
var counts = {};
for (var c = 0; c < text.length; c++) counts[text.charAt(c)] = (counts[text.charAt(c)] || 0) + 1;
print('letters', Object.keys(counts).sort().map(function (k) { return k + counts[k]; }).join(' '));

function run(program) {
  var stack = [];
  program.split(' ').forEach(function (word) {
    if (/^-?\d+$/.test(word)) return stack.push(Number(word));
    var b = stack.pop(), a = stack.pop();
    stack.push(word === '+' ? a + b : word === '-' ? a - b : word === '*' ? a * b : a / b);
  });
  return stack.pop();
}
print('forth', run('3 4 + 2 * 7 / 100 -'));

function Node(key) { this.key = key; this.left = this.right = null; }
function insert(root, key) {
  if (!root) return new Node(key);
  if (key < root.key) root.left = insert(root.left, key);
  else root.right = insert(root.right, key);
  return root;
}
function depth(root) { return root ? 1 + Math.max(depth(root.left), depth(root.right)) : 0; }
var root = null;
for (var k = 0; k < 2000; k++) root = insert(root, random(1000000));
print('tree', depth(root));

var hash = 5381;
for (var r = 0; r < 50000; r++) hash = ((hash << 5) + hash + (r & 255)) | 0;
print('hash', hash);
