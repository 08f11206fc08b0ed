-- +goose Up

-- What the server was asked to do about a notice beside requests, by number from
-- 1. One that is going goes on when the server is started anew.
CREATE TABLE errands (
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	number  BIGINT NOT NULL,
	version BIGINT NOT NULL,
	notice  TEXT   NOT NULL,
	kind    TEXT   NOT NULL, -- rehearse, reach, send, letters, ask
	state   TEXT   NOT NULL, -- going, done, failed
	data    BYTEA  NOT NULL, -- what exactly, who asked for it, what came of it
	PRIMARY KEY (case_id, number)
);

-- Of each kind, a notice has one at a time: a second press begins nothing.
CREATE UNIQUE INDEX errands_open ON errands (case_id, notice, kind) WHERE state = 'going';
