#include "platform/results/schema.hpp"

namespace terse::results {

// `points` gets a further column for each parameter that was ever swept, named by its path.
const char* const schema_sql = R"sql(
CREATE TABLE sweeps(
  id INTEGER PRIMARY KEY,
  identity TEXT NOT NULL UNIQUE,      -- of the sweep's points and what they are laid over
  name TEXT NOT NULL,
  file TEXT NOT NULL,
  started_at TEXT NOT NULL,           -- UTC
  updated_at TEXT NOT NULL,
  program TEXT NOT NULL,              -- hash of the program and the firmware
  points INTEGER NOT NULL             -- how many it has, finished or not
);
CREATE TABLE parameters(
  sweep_id INTEGER NOT NULL REFERENCES sweeps(id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,                 -- path, and name of the column of points
  kind TEXT NOT NULL,                 -- grid | zip | list | random | derived
  influence TEXT,                     -- yes | no (changes nothing in any result) | unknown
  PRIMARY KEY(sweep_id, name)
);
CREATE TABLE points(
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,          -- of the effective configuration and the program
  scenario TEXT, program TEXT, configuration_hash TEXT, finished_at TEXT,
  exit_code INTEGER,
  verified INTEGER,
  clock_mhz REAL, inferences INTEGER, instructions INTEGER,
  cycles INTEGER, cycles_per_inference REAL, time_us REAL,
  energy_pj REAL, energy_uncertainty_pj REAL,
  area_um2 REAL, area_uncertainty_um2 REAL,
  accuracy REAL,
  dense_utilisation REAL, sparse_utilisation REAL,
  sparse_over_dense_cycles REAL, sparse_over_dense_energy REAL,
  int8_cycles REAL, int8_energy_pj REAL, cycles_over_int8 REAL, energy_over_int8 REAL,
  ternary_cycles REAL, ternary_energy_pj REAL, cycles_over_ternary REAL, energy_over_ternary REAL,
  image_bytes INTEGER,
  host_s REAL,
  outcome_hash TEXT,                  -- of the result without its configuration: equal results, equal hashes
  result TEXT NOT NULL                -- result.json
);
CREATE TABLE sweep_points(
  sweep_id INTEGER NOT NULL REFERENCES sweeps(id),
  position INTEGER NOT NULL,          -- from 0
  hash TEXT NOT NULL,
  PRIMARY KEY(sweep_id, position)
) WITHOUT ROWID;
CREATE INDEX sweep_points_by_hash ON sweep_points(hash);
CREATE TABLE failures(
  sweep_id INTEGER NOT NULL REFERENCES sweeps(id),
  position INTEGER NOT NULL,
  hash TEXT,                          -- null when the configuration was refused
  parameters TEXT NOT NULL,           -- JSON
  kind TEXT NOT NULL,                 -- refused | guest | crash | timeout | cancelled
  reason TEXT NOT NULL,
  stderr TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  failed_at TEXT NOT NULL,
  PRIMARY KEY(sweep_id, position)
);

CREATE VIEW sweep_results AS
  SELECT s.name AS sweep, sp.sweep_id, sp.position, p.*
  FROM sweep_points sp JOIN points p ON p.hash = sp.hash JOIN sweeps s ON s.id = sp.sweep_id;
CREATE VIEW progress AS
  SELECT s.id AS sweep_id, s.name AS sweep, s.points,
         (SELECT count(*) FROM sweep_points sp JOIN points p ON p.hash = sp.hash WHERE sp.sweep_id = s.id) AS finished,
         (SELECT count(*) FROM failures f WHERE f.sweep_id = s.id) AS failed
  FROM sweeps s;
CREATE VIEW headlines AS
  SELECT id AS point_id, scenario, cycles_per_inference AS "cycles per inference", time_us AS "time per inference [us]",
         energy_pj / 1e3 AS "energy per inference [nJ]", area_um2 / 1e6 AS "area [mm2]", accuracy AS "accuracy [0..1]",
         1e6 / time_us AS "inferences per second",
         energy_pj * 1e-6 / time_us AS "power [W]"
  FROM points;
CREATE VIEW stalls AS
  SELECT p.id AS point_id, u.key AS unit, c.key AS cause, c.value AS cycles,
         c.value * 1.0 / p.cycles AS share
  FROM points p, json_each(p.result, '$.stalls') u, json_each(u.value) c;
CREATE VIEW layers AS
  SELECT p.id AS point_id, l.key AS layer_index, json_extract(l.value, '$.name') AS layer,
         json_extract(l.value, '$.kind') AS kind, json_extract(l.value, '$.cycles') AS cycles,
         json_extract(l.value, '$.driver_cycles') AS driver_cycles, json_extract(l.value, '$.tiles') AS tiles,
         json_extract(l.value, '$.macs') AS macs, json_extract(l.value, '$.bytes') AS bytes,
         json_extract(l.value, '$.passes.dense.cycles') AS dense_cycles,
         json_extract(l.value, '$.passes.dense.utilisation') AS dense_utilisation,
         json_extract(l.value, '$.passes.sparse.cycles') AS sparse_cycles,
         json_extract(l.value, '$.passes.sparse.utilisation') AS sparse_utilisation,
         json_extract(l.value, '$.passes.merge.cycles') AS merge_cycles,
         json_extract(l.value, '$.passes.dma.cycles') AS dma_cycles,
         json_extract(l.value, '$.energy_pj.total') AS energy_pj
  FROM points p, json_each(p.result, '$.layers') l;
CREATE VIEW layer_stalls AS
  SELECT p.id AS point_id, l.key AS layer_index, json_extract(l.value, '$.name') AS layer, u.key AS unit,
         c.key AS cause, c.value AS cycles
  FROM points p, json_each(p.result, '$.layers') l, json_each(l.value, '$.stalls') u, json_each(u.value) c;
CREATE VIEW energy_by_unit AS
  SELECT p.id AS point_id, u.key AS unit, u.value AS energy_pj
  FROM points p, json_each(p.result, '$.energy_pj.by_unit') u;
CREATE VIEW energy_by_pass AS
  SELECT p.id AS point_id, u.key AS pass, u.value AS energy_pj
  FROM points p, json_each(p.result, '$.energy_pj.by_pass') u;
CREATE VIEW area_by_unit AS
  SELECT p.id AS point_id, u.key AS unit, u.value AS area_um2
  FROM points p, json_each(p.result, '$.area_um2.by_unit') u;
)sql";

}  // namespace terse::results
