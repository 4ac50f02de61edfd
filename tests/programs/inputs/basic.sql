-- Tables, joins, aggregates, window functions, recursive queries, views, triggers, JSON, text and number functions.
PRAGMA foreign_keys = ON;
CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, board TEXT DEFAULT 'm4');
CREATE TABLE sample (device INTEGER REFERENCES device ON DELETE CASCADE, at INTEGER, value REAL, note TEXT);
CREATE INDEX sample_by_time ON sample (device, at);
INSERT INTO device (name) VALUES ('kitchen'), ('cellar'), ('roof');
INSERT INTO device (name, board) VALUES ('gate', 'm33');
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1999)
  INSERT INTO sample SELECT 1 + i % 4, 1000 + i, (i * 7919 % 1000) / 10.0, CASE WHEN i % 50 = 0 THEN 'note ' || i END FROM n;
SELECT count(*), min(value), max(value), round(avg(value), 6), total(at) FROM sample;
SELECT name, board, count(note), round(sum(value), 3) FROM device JOIN sample ON device.id = sample.device GROUP BY name ORDER BY name;
SELECT at, value, rank() OVER (ORDER BY value DESC), round(avg(value) OVER (ORDER BY at ROWS 3 PRECEDING), 4)
  FROM sample WHERE device = 2 ORDER BY at LIMIT 8;
SELECT group_concat(name, '+') FROM (SELECT name FROM device ORDER BY length(name), name);
WITH RECURSIVE fib (a, b) AS (VALUES (0, 1) UNION ALL SELECT b, a + b FROM fib LIMIT 60) SELECT max(a) FROM fib;
CREATE VIEW hot AS SELECT name, at, value FROM sample JOIN device ON device.id = device WHERE value > 99;
SELECT * FROM hot ORDER BY at LIMIT 5;
CREATE TABLE log (entry TEXT);
CREATE TRIGGER on_delete AFTER DELETE ON device BEGIN INSERT INTO log VALUES ('removed ' || old.name); END;
DELETE FROM device WHERE name = 'roof';
SELECT entry, (SELECT count(*) FROM sample) FROM log;
BEGIN;
UPDATE sample SET value = value * 2 WHERE device = 1;
SELECT round(sum(value), 3) FROM sample WHERE device = 1;
ROLLBACK;
SELECT round(sum(value), 3) FROM sample WHERE device = 1;
SELECT json_extract('{"a": [1, 2, {"b": "c"}]}', '$.a[2].b'), json_group_array(id) FROM device;
SELECT upper('straße'), substr('container', 4, 3), replace('a-b-c', '-', '+'), instr('haystack', 'st'), printf('%08.3f|%x', 3.14159, 255);
SELECT typeof(1), typeof(1.0), typeof('x'), typeof(NULL), typeof(x'00'), hex('abc'), quote('it''s'), 7 / 2, 7 % -2, 1e308 * 10;
SELECT date('2024-02-28', '+2 days'), strftime('%j %W', '2023-12-31'), julianday('2000-01-01');
SELECT 9223372036854775807 + 1, CAST('12abc' AS INTEGER), abs(-5), coalesce(NULL, 3), 'A' < 'a', 'abc' LIKE 'A%', 'abc' GLOB 'a*c';
CREATE VIRTUAL TABLE page USING fts5 (title, body);
INSERT INTO page VALUES ('interpreter', 'a threaded interpreter runs the code'), ('compiler', 'a compiler makes the code run fast'), ('loader', 'the loader maps an image');
SELECT title FROM page WHERE page MATCH 'code AND run*' ORDER BY rank, title;
PRAGMA integrity_check;
