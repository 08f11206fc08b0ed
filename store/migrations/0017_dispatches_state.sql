-- +goose Up

-- The same states as before, one comparison each: of a list of more than two SQLite
-- builds a table anew for every row that it writes, and each message takes two
-- steps.

DROP INDEX dispatches_due;
ALTER TABLE dispatches ADD COLUMN stage TEXT NOT NULL DEFAULT 'planned' CHECK (stage = 'handing' OR stage = 'accepted' OR stage = 'planned' OR stage = 'released' OR
	stage = 'deferred' OR stage = 'refused' OR stage = 'uncertain' OR stage = 'delivered' OR stage = 'bounced' OR stage = 'counted' OR stage = 'replaced' OR stage = 'none');
UPDATE dispatches SET stage = state;
ALTER TABLE dispatches DROP COLUMN state;
ALTER TABLE dispatches RENAME COLUMN stage TO state;
CREATE INDEX dispatches_due ON dispatches (case_id, notice, version, wave, seq) WHERE state IN ('released', 'deferred');
