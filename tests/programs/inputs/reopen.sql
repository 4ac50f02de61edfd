-- On a database that basic.sql has made: read it again, change it, shrink it, write it out.
.headers on
.mode column
SELECT name, board FROM device ORDER BY id;
.mode csv
SELECT at, value FROM sample WHERE note IS NOT NULL ORDER BY at LIMIT 4;
.mode list
EXPLAIN QUERY PLAN SELECT * FROM sample WHERE device = 1 AND at BETWEEN 1100 AND 1200;
DELETE FROM sample WHERE at % 3 = 0;
ALTER TABLE device ADD COLUMN place TEXT;
UPDATE device SET place = 'floor ' || id;
VACUUM;
.schema device
SELECT count(*) FROM sample;
.once dump.txt
.dump device
.import --csv rows.csv imported
SELECT typeof(city), count(*), sum(people) FROM imported;
.tables
