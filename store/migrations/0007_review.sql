-- +goose Up

-- The people of the latest resolve as pages list them, a page of a list a row:
-- by group, kind and grade, without whoever has a protected identity.
CREATE TABLE rolls (
	case_id  TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	group_no BIGINT NOT NULL, -- as the resolve numbers groups; 0 for all, -1 for people in no register
	kind     TEXT   NOT NULL, -- "" for any
	grade    BIGINT NOT NULL,
	page     BIGINT NOT NULL, -- from 1
	data     BYTEA  NOT NULL, -- numbers of people
	PRIMARY KEY (case_id, group_no, kind, grade, page)
);

-- What a page tells of a person beside the exposures: groups, registers and
-- whether the identity is protected.
CREATE TABLE portraits (
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	person  BIGINT NOT NULL,
	data    BYTEA  NOT NULL,
	PRIMARY KEY (case_id, person)
);

-- Links of the latest resolve that somebody should look at.
CREATE TABLE questions (
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	number  BIGINT NOT NULL, -- from 1, in the order in which they are asked
	blind   BYTEA  NOT NULL, -- of the content and the place in it: the same after another scan
	data    BYTEA  NOT NULL, -- where, who it may be, why
	PRIMARY KEY (case_id, number),
	UNIQUE (case_id, blind)
);

-- What people said of them: rows are added and never changed, and the newest on
-- a question holds.
CREATE TABLE judgements (
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	number  BIGINT NOT NULL, -- from 1
	blind   BYTEA  NOT NULL, -- of the question
	at      BIGINT NOT NULL,
	who     TEXT   NOT NULL,
	said    BIGINT NOT NULL, -- 0 where it takes back what was said before
	data    BYTEA  NOT NULL, -- what, of whom by the registers' own keys, and why
	PRIMARY KEY (case_id, number)
);
CREATE INDEX judgements_by_question ON judgements (case_id, blind, number);
