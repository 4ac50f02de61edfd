// The language: closures, prototypes, numbers, strings, arrays, regular expressions, JSON, getters, switch, labels.
var out = [];
function say() { print(Array.prototype.slice.call(arguments).join(' ')); }

function Shape(name) { this.name = name; }
Shape.prototype.area = function () { return 0; };
function Square(side) { Shape.call(this, 'square'); this.side = side; }
Square.prototype = Object.create(Shape.prototype);
Square.prototype.constructor = Square;
Square.prototype.area = function () { return this.side * this.side; };
var square = new Square(12);
say(square.name, square.area(), square instanceof Shape, square.hasOwnProperty('side'), 'area' in square);

say(0.1 + 0.2, 1 / 3, 1e21, 123456789 * 987654321, -7 % 3, 7 / 0, (255).toString(16), (3.14159).toFixed(2), 1 << 31, -1 >>> 28);
say(parseInt('42px', 10), parseFloat('3.5e2'), Number('0x1f'), Number(''), isNaN(Number('x')), Math.round(-2.5), Math.max(1, 9, 3));
say((1234.5678).toExponential(3), (0.000001234).toPrecision(2), 5e-324, 1.7976931348623157e308, 4294967296 | 0, ~5, 6 ^ 3);

var counter = (function () { var n = 0; return function (step) { n += step; return n; }; })();
say(counter(1), counter(10), counter(100));

var words = 'the quick brown fox jumps over the lazy dog'.split(' ');
say(words.map(function (w) { return w.charAt(0).toUpperCase() + w.slice(1); }).join(''), words.length);
say(words.filter(function (w) { return w.length > 4; }), words.reduce(function (n, w) { return n + w.length; }, 0));
say(words.slice().sort(), words.slice().sort(function (a, b) { return a.length - b.length || (a < b ? -1 : 1); }).reverse());
say([3, 1, 2].concat([9, [8]]), [1, 2, 3, 4].splice(1, 2), [1, 2, 3].indexOf(3), [5, 6].join('-'), [1, [2, [3]]].toString());

say('2024-05-17'.replace(/(\d+)-(\d+)-(\d+)/, '$3.$2.$1'), 'a1b22c333'.match(/\d+/g), /^(\w+)@(\w+)\.com$/.exec('umber@device.com').slice(1));
say('one two'.replace(/\w+/g, function (w) { return w.length + w; }), 'x,y;z'.split(/[,;]/), 'abcabc'.lastIndexOf('b'), /a.c/i.test('xABC'));

var data = { name: 'umber', list: [1, 2.5, null, true, 'q"uote\n'], nested: { deep: { value: -1e-7 } } };
var text = JSON.stringify(data);
say(text, JSON.parse(text).nested.deep.value, JSON.stringify([undefined, function () {}, NaN]), JSON.stringify({ b: 1, a: [2] }, null, 2));

var object = { _x: 5, get x() { return this._x * 2; }, set x(v) { this._x = v; } };
object.x = 21;
say(object.x, Object.keys(object), typeof null, typeof undefined, typeof say, void 0);

outer: for (var i = 0; i < 5; i++) {
  for (var j = 0; j < 5; j++) {
    if (j === 3) continue outer;
    if (i === 3) break outer;
    out.push(i * j);
  }
}
say(out, arguments_of(1, 2, 3));
function arguments_of() { return arguments.length; }
function kind(x) { switch (typeof x) { case 'number': return 'n'; case 'string': return 's'; default: return '?'; } }
say(kind(1), kind('a'), kind({}));
say([1, 2] == '1,2', null == undefined, '1' === 1, !!'', [] + {}, '5' * '2', '5' + 2);
say(encodeURIComponent('ä b&c'), decodeURIComponent('%E2%82%AC'), 'ÄÖ'.toLowerCase().length);
