package specimen

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"time"
)

// tarred makes a .tar.gz.
func tarred(members []member) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, m := range members {
		if err := w.WriteHeader(&tar.Header{Name: m.name, Size: int64(len(m.content)), Mode: 0o644, ModTime: time.Unix(today.Unix(), 0)}); err != nil {
			return nil, err
		}
		if _, err := w.Write(m.content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// locked makes a ZIP whose only member needs a password, by the traditional
// PKWARE cipher (APPNOTE.TXT 6.1), which every reader knows.
func locked(d *dice, m member, password string) ([]byte, error) {
	crc := crc32.ChecksumIEEE(m.content)
	plain := make([]byte, 12, 12+len(m.content))
	_, _ = d.Read(plain) // a dice does not fail
	plain[11] = byte(crc >> 24)
	plain = append(plain, m.content...)

	keys := [3]uint32{0x12345678, 0x23456789, 0x34567890}
	for i := range len(password) {
		mixed(&keys, password[i])
	}
	for i, c := range plain {
		k := keys[2] | 2
		plain[i] = c ^ byte(k*(k^1)>>8)
		mixed(&keys, c)
	}

	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateRaw(&zip.FileHeader{Name: m.name, Method: zip.Store, Flags: 1, CRC32: crc,
		CompressedSize64: uint64(len(plain)), UncompressedSize64: uint64(len(m.content))})
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// mixed moves the cipher's keys on by one byte.
func mixed(keys *[3]uint32, c byte) {
	crc := func(k uint32, c byte) uint32 { return crc32.IEEETable[byte(k)^c] ^ k>>8 }
	keys[0] = crc(keys[0], c)
	keys[1] = (keys[1]+keys[0]&0xff)*134775813 + 1
	keys[2] = crc(keys[2], byte(keys[1]>>24))
}

// picture makes a JPEG without a letter in it.
func picture(d *dice) ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, 48, 32))
	tint := uint8(d.n(256))
	for y := range 32 {
		for x := range 48 {
			img.Set(x, y, color.RGBA{uint8(x * 5), uint8(y * 8), tint, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// unknown makes bytes of a format nobody reads, without a readable run.
func unknown(d *dice) []byte {
	b := binary.LittleEndian.AppendUint32([]byte{0xd1, 0x0f, 0x01, 0x00}, uint32(d.next()))
	for range d.between(500, 3000) {
		c := byte(d.next())
		b = append(b, c&0x1f, c|0x80)
	}
	return b
}
