// Exceptions: they leave C frames by longjmp, so this needs a build with a working setjmp.
function attempt(name, work) {
  try {
    print(name, 'gave', work());
  } catch (error) {
    print(name, 'threw', error.name || typeof error, error.message || error);
  } finally {
    print(name, 'ended');
  }
}
attempt('none', function () { return 5; });
attempt('string', function () { throw 'plain'; });
attempt('object', function () { throw new RangeError('too far'); });
attempt('missing', function () { return undefinedVariable; });
attempt('call', function () { return (void 0)(); });
attempt('json', function () { return JSON.parse('{"a":'); });
attempt('regexp', function () { return new RegExp('('); });
function nested(n) {
  if (n === 0) throw new Error('bottom');
  try {
    return nested(n - 1);
  } finally {
    if (n === 3) print('passing', n);
  }
}
attempt('nested', function () { return nested(6); });
attempt('rethrow', function () {
  try { nested(1); } catch (error) { throw new TypeError('wrapped ' + error.message); }
});
function Custom(message) { this.message = message; }
Custom.prototype = new Error();
Custom.prototype.name = 'Custom';
attempt('custom', function () { throw new Custom('mine'); });
attempt('array', function () { var a = []; a.length = -1; return a.length; });
var survived = 0;
for (var i = 0; i < 500; i++) { try { if (i % 3) throw i; } catch (number) { survived += number; } }
print('survived', survived);
