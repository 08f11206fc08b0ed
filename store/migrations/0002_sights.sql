-- +goose Up

-- What came of looking at pictures of text: one row for each page that holds
-- no other text, wherever it lies. It costs seconds a page and is kept, so that
-- a change of registers or detectors does not cost it again.
CREATE TABLE sights (
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	sha256  BYTEA  NOT NULL, -- of the document or image that the picture is in
	page    BIGINT NOT NULL, -- from 1; 0 for all pages of it that have no row of their own
	state   TEXT   NOT NULL,
	reason  TEXT   NOT NULL,
	text    BYTEA  NOT NULL,
	tool    TEXT   NOT NULL, -- what read it
	PRIMARY KEY (case_id, sha256, page)
);
