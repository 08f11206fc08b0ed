-- +goose Up

-- What is said of a case, and what is concluded and sent: rows are added and
-- never changed, so that what was known at any hour can be told.

CREATE TABLE facts (
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	version BIGINT NOT NULL, -- counted within the case
	field   TEXT   NOT NULL, -- which fact, in a word of ours
	item    TEXT   NOT NULL, -- which of several; empty where there is one
	at      BIGINT NOT NULL,
	who     TEXT   NOT NULL, -- who entered it
	gone    BIGINT NOT NULL, -- 1 where it was taken back
	data    BYTEA  NOT NULL, -- what it says: JSON, by part
	PRIMARY KEY (case_id, version)
);
CREATE INDEX facts_by_field ON facts (case_id, field, item, version);

CREATE TABLE decisions (
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	number  BIGINT NOT NULL, -- from 1
	at      BIGINT NOT NULL,
	who     TEXT   NOT NULL, -- whose decision it is
	facts   BIGINT NOT NULL, -- the version of the facts that it rests on
	data    BYTEA  NOT NULL, -- of what, what and why: JSON
	PRIMARY KEY (case_id, number)
);

-- What was sent to authorities, byte for byte.
CREATE TABLE filings (
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	number  BIGINT NOT NULL, -- from 1
	at      BIGINT NOT NULL, -- when it was sent
	who     TEXT   NOT NULL,
	facts   BIGINT NOT NULL,
	data    BYTEA  NOT NULL, -- which form, and the draft
	PRIMARY KEY (case_id, number)
);
