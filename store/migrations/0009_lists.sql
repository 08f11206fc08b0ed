-- +goose Up

-- The versions of the list of who is exposed with what: one for each resolve
-- that changed it.
CREATE TABLE lists (
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	number  BIGINT NOT NULL, -- from 1
	at      BIGINT NOT NULL,
	frozen  BIGINT NOT NULL, -- when two others had agreed that notices go by it; 0 before
	data    BYTEA  NOT NULL, -- hash and counts; who froze it
	PRIMARY KEY (case_id, number)
);

-- Who stands on a version, in the order of keyed hashes. Only the newest versions
-- and those that are frozen keep theirs.
CREATE TABLE list_pages (
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	list    BIGINT NOT NULL,
	page    BIGINT NOT NULL, -- from 1
	data    BYTEA  NOT NULL,
	PRIMARY KEY (case_id, list, page)
);
