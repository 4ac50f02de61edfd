-- A statement that must fail: the shell is run with -bail and ends with exit code 1.
CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT CHECK (length(b) < 4));
INSERT INTO t VALUES (1, 'one'), (2, 'two');
SELECT count(*) FROM t;
INSERT INTO t VALUES (1, 'again');
SELECT 'not reached';
