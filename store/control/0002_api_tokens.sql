-- +goose Up

-- What lets a program act in the name of a user.
CREATE TABLE api_tokens (
	id      TEXT   NOT NULL PRIMARY KEY,
	hash    BYTEA  NOT NULL UNIQUE,
	user_id TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	until   BIGINT NOT NULL,
	token   BYTEA  NOT NULL -- sealed
);
CREATE INDEX api_tokens_by_user ON api_tokens (user_id);

-- What programs asked for with a key of their own, so that asking again does
-- nothing twice. The answer is ids and versions alone.
CREATE TABLE api_acts (
	token_id TEXT   NOT NULL REFERENCES api_tokens (id) ON DELETE CASCADE,
	ask      BYTEA  NOT NULL, -- SHA-256 of the key
	request  BYTEA  NOT NULL, -- SHA-256 of what was asked for with it
	began    BIGINT NOT NULL,
	answer   BYTEA,           -- sealed; none while it is being done
	PRIMARY KEY (token_id, ask)
);
