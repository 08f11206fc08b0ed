-- +goose Up

CREATE TABLE cases (
	id        TEXT   NOT NULL PRIMARY KEY,
	title     TEXT   NOT NULL,
	opened_at BIGINT NOT NULL,
	secret    BYTEA  NOT NULL
);

CREATE TABLE registers (
	case_id     TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	name        TEXT   NOT NULL,
	position    BIGINT NOT NULL,
	source      BYTEA  NOT NULL, -- SHA-256 of the file imported last
	settings    TEXT   NOT NULL, -- how its columns were told to be read
	imported_at BIGINT NOT NULL,
	charset     TEXT   NOT NULL,
	dialect     TEXT   NOT NULL,
	columns     TEXT   NOT NULL, -- JSON: headings and what they were taken for
	rows        BIGINT NOT NULL, -- rows of people in the file, bad ones too
	version     BIGINT NOT NULL, -- counted up by every import
	PRIMARY KEY (case_id, name)
);

CREATE TABLE entries (
	case_id     TEXT    NOT NULL,
	register    TEXT    NOT NULL,
	row         BIGINT  NOT NULL,
	key         TEXT    NOT NULL,
	fingerprint BYTEA   NOT NULL,
	data        BYTEA   NOT NULL,
	seen        BIGINT  NOT NULL, -- the version of the register that had it last
	gone_at     BIGINT  NOT NULL, -- 0 while the newest version has it
	PRIMARY KEY (case_id, register, key),
	FOREIGN KEY (case_id, register) REFERENCES registers (case_id, name) ON DELETE CASCADE
);

CREATE TABLE rejects (
	case_id  TEXT   NOT NULL,
	register TEXT   NOT NULL,
	sheet    BIGINT NOT NULL, -- 0 where the file has none
	row      BIGINT NOT NULL,
	reason   TEXT   NOT NULL,
	heading  TEXT   NOT NULL,
	other    BIGINT NOT NULL, -- another row it collides with, or 0
	kept     BIGINT NOT NULL, -- 1 where the row is an entry all the same
	FOREIGN KEY (case_id, register) REFERENCES registers (case_id, name) ON DELETE CASCADE
);

-- Who is whose guardian, as registers of guardians say it: by key.
CREATE TABLE guardianships (
	case_id  TEXT NOT NULL,
	register TEXT NOT NULL,
	child    TEXT NOT NULL,
	guardian TEXT NOT NULL,
	PRIMARY KEY (case_id, child, register, guardian),
	FOREIGN KEY (case_id, register) REFERENCES registers (case_id, name) ON DELETE CASCADE
);

CREATE TABLE roots (
	id      BIGINT NOT NULL,
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	path    BYTEA  NOT NULL, -- absolute, as the system gives it
	PRIMARY KEY (case_id, id),
	UNIQUE (case_id, path)
);

-- One row for each different file content that was read, or is to be.
CREATE TABLE contents (
	id      BIGINT NOT NULL,
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	sha256  BYTEA  NOT NULL,
	reading TEXT   NOT NULL, -- what it was read with: reader, detector, register index, limits
	part    BIGINT NOT NULL,
	PRIMARY KEY (case_id, id),
	UNIQUE (case_id, sha256, reading)
);

-- What was found in a content: itself (ordinal 0) and what lies inside it.
CREATE TABLE members (
	case_id TEXT   NOT NULL,
	content BIGINT NOT NULL,
	ordinal BIGINT NOT NULL,
	parent  BIGINT NOT NULL,
	path    BYTEA  NOT NULL, -- below the content, raw bytes, steps parted by "!/"; empty for itself
	size    BIGINT NOT NULL,
	sha256  BYTEA  NOT NULL,
	type    TEXT   NOT NULL,
	state   TEXT   NOT NULL,
	reason  TEXT   NOT NULL,
	missing TEXT   NOT NULL,
	text    BIGINT NOT NULL,
	charset TEXT   NOT NULL,
	dialect TEXT   NOT NULL,
	PRIMARY KEY (case_id, content, ordinal) -- no foreign key: members are written before their content is whole
);

-- One row for each thing the walk met.
CREATE TABLE items (
	case_id TEXT   NOT NULL,
	root    BIGINT NOT NULL,
	path    BYTEA  NOT NULL, -- relative to the root, raw bytes, steps parted by "/"
	size    BIGINT NOT NULL,
	mtime   BIGINT NOT NULL, -- nanoseconds; with the size it tells whether the file changed
	sha256  BYTEA  NOT NULL, -- empty if the content could not be read
	reached BIGINT NOT NULL, -- breach.Grade
	content BIGINT NOT NULL, -- 0 until read
	state   TEXT   NOT NULL, -- of an item without a content: pending, or why there is none
	reason  TEXT   NOT NULL,
	seen    BIGINT NOT NULL, -- the last walk that met it
	PRIMARY KEY (case_id, root, path),
	FOREIGN KEY (case_id, root) REFERENCES roots (case_id, id) ON DELETE CASCADE
);
CREATE INDEX items_by_content ON items (case_id, content);

-- The people of the latest resolve, and what became known of them.
CREATE TABLE people (
	case_id     TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	number      BIGINT NOT NULL,
	stranger    BIGINT NOT NULL, -- 1 for somebody in no register
	grade       BIGINT NOT NULL,
	probability DOUBLE PRECISION NOT NULL,
	kinds       BIGINT NOT NULL,
	first_link  BIGINT NOT NULL, -- where the person's links begin in the links part
	links       BIGINT NOT NULL,
	PRIMARY KEY (case_id, number)
);

CREATE TABLE exposures (
	case_id TEXT   NOT NULL,
	person  BIGINT NOT NULL,
	kind    TEXT   NOT NULL,
	grade   BIGINT NOT NULL,
	places  BIGINT NOT NULL,
	PRIMARY KEY (case_id, person, kind),
	FOREIGN KEY (case_id, person) REFERENCES people (case_id, number) ON DELETE CASCADE
);

CREATE TABLE identifiers (
	case_id TEXT   NOT NULL,
	person  BIGINT NOT NULL,
	kind    TEXT   NOT NULL,
	form    TEXT   NOT NULL,
	value   TEXT   NOT NULL,
	PRIMARY KEY (case_id, person, kind, value),
	FOREIGN KEY (case_id, person) REFERENCES people (case_id, number) ON DELETE CASCADE
);

CREATE TABLE memberships (
	case_id TEXT   NOT NULL,
	person  BIGINT NOT NULL,
	entry   BIGINT NOT NULL,
	PRIMARY KEY (case_id, entry),
	FOREIGN KEY (case_id, person) REFERENCES people (case_id, number) ON DELETE CASCADE
);
CREATE INDEX memberships_by_person ON memberships (case_id, person);

-- What the latest scan and resolve say as a whole: JSON by name.
CREATE TABLE summaries (
	case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	name    TEXT NOT NULL,
	data    TEXT NOT NULL,
	PRIMARY KEY (case_id, name)
);

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
