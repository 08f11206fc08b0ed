-- +goose Up

-- The few entries that the newest version of a register has no longer. All of a
-- register are counted by the key: what is there is the difference.

CREATE INDEX entries_gone ON entries (case_id, register) WHERE gone_at <> 0;
