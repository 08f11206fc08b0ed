-- +goose Up

-- The keys of this database, wrapped by the master key.
CREATE TABLE control_keys (
	generation BIGINT NOT NULL PRIMARY KEY,
	wrap       BYTEA  NOT NULL
);

CREATE TABLE tenants (
	id      TEXT   NOT NULL PRIMARY KEY,
	made_at BIGINT NOT NULL
);

CREATE TABLE users (
	id       TEXT    NOT NULL PRIMARY KEY,
	tenant   TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
	name     BYTEA   NOT NULL UNIQUE, -- the blind index of what is typed at sign-in
	account  BYTEA   NOT NULL,        -- sealed
	version  BIGINT  NOT NULL,        -- counted up at each change; bound into the seal
	made_at  BIGINT  NOT NULL
);
CREATE INDEX users_by_tenant ON users (tenant, made_at, id);

-- What else somebody is found by at sign-in, under a blind index: a passkey's
-- handle, a provider's key.
CREATE TABLE handles (
	handle  BYTEA NOT NULL PRIMARY KEY,
	user_id TEXT  NOT NULL REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE roles (
	user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	role    TEXT NOT NULL,
	PRIMARY KEY (user_id, role)
);

CREATE TABLE memberships (
	user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	case_id TEXT NOT NULL,
	PRIMARY KEY (user_id, case_id)
);
CREATE INDEX memberships_by_case ON memberships (case_id);

-- Moments are kept as both clocks saw them; times in microseconds, durations
-- in nanoseconds.
CREATE TABLE sessions (
	id           TEXT   NOT NULL PRIMARY KEY,
	hash         BYTEA  NOT NULL UNIQUE,
	user_id      TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	origin       TEXT   NOT NULL,
	signed_in_at BIGINT NOT NULL,
	seen_wall    BIGINT NOT NULL,
	seen_run     TEXT   NOT NULL,
	seen_up      BIGINT NOT NULL,
	age          BIGINT NOT NULL,
	proved_age   BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id, signed_in_at);

-- Failed sign-ins of a name or an address, under a blind index of it.
CREATE TABLE tries (
	subject BYTEA  NOT NULL PRIMARY KEY,
	failed  BIGINT NOT NULL,
	wall    BIGINT NOT NULL,
	run     TEXT   NOT NULL,
	up      BIGINT NOT NULL
);

-- Codes that let somebody set up an account: the first administrator of a
-- tenant (user_id is empty), or one who was made or reset by an administrator.
CREATE TABLE setups (
	hash    TEXT   NOT NULL PRIMARY KEY,
	tenant  TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
	user_id TEXT   NOT NULL,
	wall    BIGINT NOT NULL,
	run     TEXT   NOT NULL,
	up      BIGINT NOT NULL
);

-- What a browser is in the middle of before it is signed in: a set-up, a
-- ceremony with a passkey, the way to a provider and back.
CREATE TABLE flows (
	id   BYTEA  NOT NULL PRIMARY KEY, -- SHA-256 of what the browser holds
	kind TEXT   NOT NULL,
	data BYTEA  NOT NULL, -- sealed
	wall BIGINT NOT NULL,
	run  TEXT   NOT NULL,
	up   BIGINT NOT NULL
);
