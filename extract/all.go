package extract

import "bytes"

// All lists the formats in the order they are asked whether the content is
// theirs: the particular before the general, plain text last.
var All = []Format{
	pdf,
	docx,
	xlsb,
	xlsx,
	pptx,
	odt,
	ods,
	odp,
	flatODF,
	encryptedOOXML,
	zipFormat,
	gzipFormat,
	bzip2Format,
	zstdFormat,
	imageFormat,
	metafile,
	thumbsFormat,
	doc,
	xls,
	ppt,
	msg,
	oleFormat,
	pstFormat,
	sqliteFormat,
	sqliteLog,
	mdbFormat,
	rtf,
	tnefFormat,
	pgdumpFormat,
	locked("pgp", "-----BEGIN PGP MESSAGE", "\x84\x8C\x03", "\x85\x01\x0C\x03", "\x85\x02\x0C\x03"),
	locked("age", "age-encryption.org/", "-----BEGIN AGE ENCRYPTED FILE"),
	locked("keepass", "\x03\xD9\xA2\x9A"),
	locked("openssl", "Salted__"),
	locked("luks", "LUKS\xBA\xBE"),
	signedFormat,
	smime,
	sevenFormat,
	rarFormat,
	xzFormat,
	lz4Format,
	lzipFormat,
	known("lzop", false, "\x89LZO\x00"),
	compressFormat,
	cabFormat,
	known("chm", true, "ITSF"),
	cpioFormat,
	arFormat,
	knownAt("lzh", 2, "-lh"),
	knownAt("iso", 32769, "CD001"),
	{Name: "elf", Sniff: isExecutable, Strings: true},
	known("mp3", false, "ID3", "\xFF\xFB"),
	known("ogg", false, "OggS"),
	known("matroska", false, "\x1A\x45\xDF\xA3"),
	knownAt("avi", 8, "AVI "),
	knownAt("wav", 8, "WAVE"),
	{Name: "mp4", Sniff: isMovie},
	tarFormat,
	lzmaFormat,
	dbfFormat,
	mboxFormat,
	emlFormat,
	htmlFormat,
	xmlFormat,
	jsonFormat,
	vcardFormat,
	sqlFormat,
	csvFormat,
	textFormat,
	volumeFormat,
}

func isExecutable(in *Input) bool {
	return hasAnyPrefix(in.Head(), "\x7FELF", "MZ\x90", "MZP", "\xCF\xFA\xED\xFE", "\xCA\xFE\xBA\xBE")
}

func isMovie(in *Input) bool {
	h := in.Head()
	return at(h, 4, "ftyp") && !bytes.Contains(h[:min(len(h), 32)], []byte("heic"))
}
