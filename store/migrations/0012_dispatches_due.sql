-- +goose Up

-- What waits to be handed over is found in its order. Rows leave this index with
-- the intent and do not come into another: there are two steps for each message.

DROP INDEX dispatches_by_state;
CREATE INDEX dispatches_due ON dispatches (case_id, notice, version, wave, seq) WHERE state IN ('released', 'deferred');
