-- +goose Up

-- Who did and saw what: see package journal. Rows are written and never changed.
CREATE TABLE journal_records (
	seq     BIGINT NOT NULL PRIMARY KEY,
	case_id TEXT   NOT NULL, -- as asked for: there may be no such case; "" for none
	data    BYTEA  NOT NULL  -- the line that is hashed; holds ids and words of ours alone
);
CREATE INDEX journal_records_by_case ON journal_records (case_id, seq);

CREATE TABLE journal_hashes (
	id   BIGINT NOT NULL PRIMARY KEY,
	hash BYTEA  NOT NULL
);

-- What a record commits to, with the salt: sealed, and lost with the case.
CREATE TABLE journal_commitments (
	seq     BIGINT NOT NULL REFERENCES journal_records (seq),
	number  BIGINT NOT NULL, -- among those of the record
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	data    BYTEA  NOT NULL, -- salt and value
	PRIMARY KEY (seq, number)
);

-- Who was shown whom, for the budgets: ids alone.
CREATE TABLE looks (
	id      BIGINT NOT NULL PRIMARY KEY,
	who     TEXT   NOT NULL,
	case_id TEXT   NOT NULL,
	object  TEXT   NOT NULL,
	at      BIGINT NOT NULL
);
CREATE INDEX looks_by_time ON looks (at);

CREATE TABLE raises (
	id      BIGINT NOT NULL PRIMARY KEY,
	budget  TEXT   NOT NULL,
	who     TEXT   NOT NULL, -- who needs it
	case_id TEXT   NOT NULL,
	by_whom TEXT   NOT NULL,
	more    BIGINT NOT NULL,
	at      BIGINT NOT NULL
);

CREATE TABLE approvals (
	id    TEXT  NOT NULL PRIMARY KEY,
	data  BYTEA NOT NULL -- JSON: ids, hashes and times
);
