-- +goose Up

-- Letters go out in batches, and every number that was printed is accounted for.
-- Which dispatch a piece of paper is of lies sealed: that somebody gets a letter
-- in an envelope of their own would tell that they are protected.

CREATE TABLE batches (
	case_id  TEXT   NOT NULL,
	batch    TEXT   NOT NULL, -- its name, which stands on each sheet
	notice   TEXT   NOT NULL,
	version  BIGINT NOT NULL,
	made     BIGINT NOT NULL, -- 1 once all its letters are written, and its pieces are known
	revision BIGINT NOT NULL, -- counted up by every change
	data     BYTEA  NOT NULL, -- how it is printed, of which dispatches, and which receipts were read
	PRIMARY KEY (case_id, batch),
	FOREIGN KEY (case_id, notice, version) REFERENCES notices (case_id, notice, version) ON DELETE CASCADE
);

CREATE TABLE pieces (
	case_id  TEXT   NOT NULL,
	batch    TEXT   NOT NULL,
	number   BIGINT NOT NULL, -- from 1
	revision BIGINT NOT NULL,
	data     BYTEA  NOT NULL, -- of which dispatch, how far it has come, where it is printed
	PRIMARY KEY (case_id, batch, number),
	FOREIGN KEY (case_id, batch) REFERENCES batches (case_id, batch) ON DELETE CASCADE
);
