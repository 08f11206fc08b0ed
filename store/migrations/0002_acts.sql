-- +goose Up

-- Who did what, and why: one row an act, never changed.
CREATE TABLE acts (
	id      BIGINT NOT NULL,
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	at      BIGINT NOT NULL,
	who     TEXT   NOT NULL,
	act     TEXT   NOT NULL,
	purpose TEXT   NOT NULL,
	PRIMARY KEY (case_id, id)
);
