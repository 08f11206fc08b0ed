-- +goose Up

-- What says something of somebody lies sealed in columns named data, bound to
-- tenant, case, table, column, key of the row and, where there is one, version.
-- What is looked up by its value has a keyed hash of it beside it: columns named
-- blind, and hash for that of a content. See SECURITY.md for what stays open.

CREATE TABLE cases (
	id        TEXT   NOT NULL PRIMARY KEY,
	data      BYTEA  NOT NULL, -- title
	opened_at BIGINT NOT NULL,
	closed_at BIGINT NOT NULL  -- 0 while it is open
);

CREATE TABLE registers (
	case_id     TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	number      BIGINT NOT NULL, -- in the order of their first import
	blind       BYTEA  NOT NULL, -- of the name
	data        BYTEA  NOT NULL, -- name, hash of the file imported last, how columns were told to be read, headings
	imported_at BIGINT NOT NULL,
	charset     TEXT   NOT NULL,
	dialect     TEXT   NOT NULL,
	rows        BIGINT NOT NULL, -- rows of people in the file, bad ones too
	version     BIGINT NOT NULL, -- counted up by every import
	PRIMARY KEY (case_id, number),
	UNIQUE (case_id, blind)
);

CREATE TABLE entries (
	case_id     TEXT   NOT NULL,
	register    BIGINT NOT NULL,
	blind       BYTEA  NOT NULL, -- of the register's own key
	row         BIGINT NOT NULL,
	position    BIGINT NOT NULL, -- among the entries of one import
	fingerprint BYTEA  NOT NULL, -- keyed
	data        BYTEA  NOT NULL, -- all that the register says
	seen        BIGINT NOT NULL, -- the version of the register that had it last
	gone_at     BIGINT NOT NULL, -- 0 while the newest version has it
	PRIMARY KEY (case_id, register, blind),
	FOREIGN KEY (case_id, register) REFERENCES registers (case_id, number) ON DELETE CASCADE
);

CREATE TABLE rejects (
	case_id  TEXT   NOT NULL,
	register BIGINT NOT NULL,
	number   BIGINT NOT NULL, -- among the rejects of one import
	sheet    BIGINT NOT NULL, -- 0 where the file has none
	row      BIGINT NOT NULL,
	reason   TEXT   NOT NULL,
	data     BYTEA  NOT NULL, -- heading; empty for none
	other    BIGINT NOT NULL, -- another row it collides with, or 0
	kept     BIGINT NOT NULL, -- 1 where the row is an entry all the same
	PRIMARY KEY (case_id, register, number),
	FOREIGN KEY (case_id, register) REFERENCES registers (case_id, number) ON DELETE CASCADE
);

-- Who is whose guardian, as registers of guardians say it: by key.
CREATE TABLE guardianships (
	case_id  TEXT   NOT NULL,
	register BIGINT NOT NULL,
	child    BYTEA  NOT NULL, -- blind
	guardian BYTEA  NOT NULL, -- blind
	data     BYTEA  NOT NULL, -- the guardian's key
	PRIMARY KEY (case_id, child, register, guardian),
	FOREIGN KEY (case_id, register) REFERENCES registers (case_id, number) ON DELETE CASCADE
);

CREATE TABLE roots (
	id      BIGINT NOT NULL,
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	blind   BYTEA  NOT NULL,
	data    BYTEA  NOT NULL, -- path: absolute, as the system gives it
	PRIMARY KEY (case_id, id),
	UNIQUE (case_id, blind)
);

-- One row for each different file content that was read, or is to be.
CREATE TABLE contents (
	id      BIGINT NOT NULL,
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	hash    BYTEA  NOT NULL, -- keyed, of its SHA-256
	data    BYTEA  NOT NULL, -- SHA-256
	reading TEXT   NOT NULL, -- what it was read with: reader, detector, register index, limits
	part    BIGINT NOT NULL,
	PRIMARY KEY (case_id, id),
	UNIQUE (case_id, hash, reading)
);

-- What was found in a content: itself (ordinal 0) and what lies inside it.
CREATE TABLE members (
	case_id TEXT   NOT NULL,
	content BIGINT NOT NULL,
	ordinal BIGINT NOT NULL,
	parent  BIGINT NOT NULL,
	size    BIGINT NOT NULL,
	hash    BYTEA  NOT NULL, -- keyed, of its SHA-256; empty if not read to its end
	data    BYTEA  NOT NULL, -- path below the content, SHA-256 while its pictures wait, print; empty for none of them
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
	case_id  TEXT   NOT NULL,
	root     BIGINT NOT NULL,
	blind    BYTEA  NOT NULL, -- of the path
	position BIGINT NOT NULL, -- by the last walk that met it, and within that by path
	data     BYTEA  NOT NULL, -- path relative to the root, raw bytes, steps parted by "/"
	size     BIGINT NOT NULL,
	mtime    BIGINT NOT NULL, -- nanoseconds; with the size it tells whether the file changed
	hash     BYTEA  NOT NULL, -- keyed, of its SHA-256; empty if the content could not be read
	reached  BIGINT NOT NULL, -- breach.Grade
	content  BIGINT NOT NULL, -- 0 until read
	state    TEXT   NOT NULL, -- of an item without a content: pending, or why there is none
	reason   TEXT   NOT NULL,
	seen     BIGINT NOT NULL, -- the last walk that met it
	PRIMARY KEY (case_id, root, blind),
	FOREIGN KEY (case_id, root) REFERENCES roots (case_id, id) ON DELETE CASCADE
);
CREATE INDEX items_by_content ON items (case_id, content, root, position);
CREATE INDEX items_by_position ON items (case_id, root, position);

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
	blind   BYTEA  NOT NULL,
	form    TEXT   NOT NULL,
	data    BYTEA  NOT NULL, -- value
	PRIMARY KEY (case_id, person, kind, blind),
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
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	name    TEXT   NOT NULL,
	version BIGINT NOT NULL, -- counted up by every write
	data    BYTEA  NOT NULL,
	PRIMARY KEY (case_id, name)
);

-- What came of looking at pictures of text: one row for each page that holds
-- no other text, wherever it lies. It costs seconds a page and is kept, so that
-- a change of registers or detectors does not cost it again.
CREATE TABLE sights (
	case_id TEXT   NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
	hash    BYTEA  NOT NULL, -- keyed, of the SHA-256 of the document or image that the picture is in
	page    BIGINT NOT NULL, -- from 1; 0 for all pages of it that have no row of their own
	version BIGINT NOT NULL, -- counted up by every look
	state   TEXT   NOT NULL,
	reason  TEXT   NOT NULL,
	data    BYTEA  NOT NULL, -- text
	tool    TEXT   NOT NULL, -- what read it
	PRIMARY KEY (case_id, hash, page)
);
