-- +goose Up

-- What belongs to the tenant and to no case, and says nothing of anybody in one,
-- is sealed under a key of its own, which the tenant's wraps: the office's. So a
-- decision can be read, and not forged, when its case is closed.

DROP TABLE approvals; -- no release has made one

CREATE TABLE approvals (
	id      TEXT   NOT NULL PRIMARY KEY,
	case_id TEXT   NOT NULL, -- "" for an act of the tenant
	author  TEXT   NOT NULL,
	state   TEXT   NOT NULL,
	made_at BIGINT NOT NULL,
	version BIGINT NOT NULL, -- counted up by every step
	data    BYTEA  NOT NULL, -- the approval: ids, hashes, times; under the office's key
	UNIQUE (id, author)
);
CREATE INDEX approvals_by_case ON approvals (case_id, made_at);

-- Who has opened the preview of an approval, and agreed. Its author is none of
-- them.
CREATE TABLE voices (
	approval TEXT   NOT NULL,
	author   TEXT   NOT NULL,
	who      TEXT   NOT NULL CHECK (who <> author),
	agreed   BIGINT NOT NULL, -- 0 for opened alone
	PRIMARY KEY (approval, who),
	FOREIGN KEY (approval, author) REFERENCES approvals (id, author) ON DELETE CASCADE
);

-- Broken glass.
CREATE TABLE glasses (
	id      TEXT   NOT NULL PRIMARY KEY,
	case_id TEXT   NOT NULL,
	began   BIGINT NOT NULL,
	waits   BIGINT NOT NULL, -- 1 until it is reviewed
	version BIGINT NOT NULL, -- counted up by every change
	data    BYTEA  NOT NULL  -- who, since when, reviewed by whom; under the office's key
);
CREATE INDEX glasses_by_case ON glasses (case_id, waits);

-- What an approval or a broken glass is about: what will be done and what is
-- shown of it, and why. Under the key of the case, and lost with it.
CREATE TABLE papers (
	id      TEXT   NOT NULL, -- of the approval or the glass
	name    TEXT   NOT NULL,
	case_id TEXT   NOT NULL, -- "" for an act of the tenant, under the office's key
	data    BYTEA  NOT NULL,
	PRIMARY KEY (id, name)
);

-- Who is named for what, in the tenant or in a case: JSON by name, under the
-- office's key.
CREATE TABLE offices (
	case_id TEXT   NOT NULL, -- "" for the tenant
	name    TEXT   NOT NULL,
	version BIGINT NOT NULL, -- counted up by every write
	data    BYTEA  NOT NULL,
	PRIMARY KEY (case_id, name)
);

-- Mails that have to go out, written with what they tell of.
CREATE TABLE alerts (
	id      BIGINT NOT NULL PRIMARY KEY,
	case_id TEXT   NOT NULL,
	topic   TEXT   NOT NULL, -- what it is about; where one is enough for a day, the same is not written again
	made_at BIGINT NOT NULL,
	state   TEXT   NOT NULL, -- waiting, sent, or refused for good
	tries   BIGINT NOT NULL,
	next_at BIGINT NOT NULL, -- not before
	sent_at BIGINT NOT NULL, -- 0 until it is
	data    BYTEA  NOT NULL  -- recipient, keys of its texts, ids that fill them; under the office's key
);
CREATE INDEX alerts_by_state ON alerts (state, next_at);
