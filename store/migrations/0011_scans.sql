-- +goose Up

-- The scans that the server was asked for, by number from 1. One that is going
-- goes on when the server is started anew.
CREATE TABLE scans (
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	number  BIGINT NOT NULL,
	version BIGINT NOT NULL,
	state   TEXT   NOT NULL, -- going, paused, stopped, done, failed
	data    BYTEA  NOT NULL, -- what is scanned, who asked for it, how far it came
	PRIMARY KEY (case_id, number)
);

-- A case has one scan at a time that may go on.
CREATE UNIQUE INDEX scans_open ON scans (case_id) WHERE state IN ('going', 'paused');

-- Files that somebody sent through the browser. Their contents lie sealed beside
-- the database, in the folder of their case.
CREATE TABLE uploads (
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	number  BIGINT NOT NULL,
	version BIGINT NOT NULL,
	use     TEXT   NOT NULL, -- what it was sent for
	data    BYTEA  NOT NULL, -- name, size, time; of a register, what its columns were taken for
	PRIMARY KEY (case_id, number)
);
