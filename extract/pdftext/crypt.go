package pdftext

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rc4"
	"encoding/binary"
)

// lock decrypts a document that opens without a password and only forbids to
// print or to copy: ISO 32000-1, 7.6.
type lock struct {
	key    []byte
	aes    bool // or RC4
	object bool // each object has a key of its own
}

const errLock = Unsure("how it is encrypted")

// pad fills up passwords: ISO 32000-1, algorithm 2.
var pad = []byte("\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A")

// unlock finds the key of an encrypted document. One that needs a password is
// another's.
func (d *Document) unlock() error {
	from, err := d.dictAt(d.trailer, "Encrypt")
	if err != nil {
		return err
	}
	version, err := d.intAt(from, "V")
	if err != nil {
		return err
	}
	revision, err := d.intAt(from, "R")
	if err != nil {
		return err
	}
	l := &lock{object: version < 5}
	length := 5 // bytes
	switch {
	case from.get("Filter") != name("Standard"):
		return errLock
	case version == 4 || version == 5:
		if l.aes, err = d.method(from, version); err != nil {
			return err
		}
		length = 16
	case version == 1 && revision == 2:
	case version == 2 && from.has("Length"):
		bits, err := d.intAt(from, "Length")
		if err != nil || bits < 40 || bits > 128 || bits%8 != 0 {
			return errLock
		}
		length = bits / 8
	case version != 2:
		return errLock
	}
	if version == 5 {
		l.key, err = d.newKey(from, revision)
	} else {
		l.key, err = d.oldKey(from, revision, length)
	}
	if err != nil {
		return err
	}
	d.lock = l
	d.objects, d.packed = map[int]any{}, map[int]*objectStream{} // what was read so far was not decrypted
	return nil
}

// method tells whether AES is used: ISO 32000-1, 7.6.5.
func (d *Document) method(from dict, version int) (bool, error) {
	filter, _ := from.get("StmF").(name)
	if filter == "" || from.get("StrF") != filter {
		return false, errLock
	}
	filters, err := d.dictAt(from, "CF")
	if err != nil {
		return false, err
	}
	how, err := d.dictAt(filters, filter)
	if err != nil {
		return false, err
	}
	switch method, _ := how.get("CFM").(name); {
	case method == "V2" && version == 4:
		return false, nil
	case method == "AESV2" && version == 4, method == "AESV3" && version == 5:
		return true, nil
	}
	return false, errLock
}

// oldKey finds the key for no password, and tries it: ISO 32000-1, algorithms 2,
// 4 and 5.
func (d *Document) oldKey(from dict, revision, length int) ([]byte, error) {
	owner, _ := from.get("O").(text)
	user, _ := from.get("U").(text)
	rights, ok := from.get("P").(int)
	ids, err := d.arrayAt(d.trailer, "ID")
	if err != nil || !ok || len(owner) != 32 || len(user) != 32 || revision < 2 || revision > 4 || len(ids) == 0 {
		return nil, errLock
	}
	id, ok := ids[0].(text)
	if !ok {
		return nil, errLock
	}
	b := append(bytes.Clone(pad), owner...)
	b = binary.LittleEndian.AppendUint32(b, uint32(rights))
	b = append(b, id...)
	if revision == 4 && from.get("EncryptMetadata") == false {
		b = append(b, 0xFF, 0xFF, 0xFF, 0xFF)
	}
	sum := md5.Sum(b)
	if revision >= 3 {
		for range 50 {
			sum = md5.Sum(sum[:length])
		}
	}
	key := sum[:length:length]
	proof := bytes.Clone(pad)
	if revision >= 3 {
		sum := md5.Sum(append(bytes.Clone(pad), id...))
		proof = sum[:]
	}
	for i := range byte(20) {
		turned := bytes.Clone(key)
		for k := range turned {
			turned[k] ^= i
		}
		crypted(turned, proof, proof)
		if revision == 2 {
			break
		}
	}
	if !bytes.Equal(proof, []byte(user)[:len(proof)]) {
		return nil, errLock
	}
	return key, nil
}

// crypted does RC4.
func crypted(key, to, from []byte) {
	if c, err := rc4.NewCipher(key); err == nil { // keys have 5 to 16 bytes
		c.XORKeyStream(to, from)
	}
}

// open decrypts data of an object: ISO 32000-1, algorithms 1 and 1.A.
func (l *lock) open(data []byte, of ref) ([]byte, error) {
	key := l.key
	if l.object {
		b := append(bytes.Clone(key), byte(of.number), byte(of.number>>8), byte(of.number>>16), byte(of.generation), byte(of.generation>>8))
		if l.aes {
			b = append(b, "sAlT"...)
		}
		sum := md5.Sum(b)
		key = sum[:min(16, len(l.key)+5)]
	}
	if !l.aes {
		to := make([]byte, len(data))
		crypted(key, to, data)
		return to, nil
	}
	if len(data) == 0 {
		return nil, nil
	}
	block, err := aes.NewCipher(key)
	if err != nil || len(data)%aes.BlockSize != 0 || len(data) < 2*aes.BlockSize {
		return nil, errLock
	}
	to := make([]byte, len(data)-aes.BlockSize)
	cipher.NewCBCDecrypter(block, data[:aes.BlockSize]).CryptBlocks(to, data[aes.BlockSize:])
	padding := int(to[len(to)-1])
	if padding < 1 || padding > aes.BlockSize {
		return nil, errLock
	}
	return to[:len(to)-padding], nil
}

// strings decrypts the strings within an object.
func (l *lock) strings(o any, of ref) (any, error) {
	var err error
	switch v := o.(type) {
	case text:
		b, err := l.open([]byte(v), of)
		return text(b), err
	case array:
		for i := range v {
			if v[i], err = l.strings(v[i], of); err != nil {
				return nil, err
			}
		}
	case dict:
		for i := range v {
			if v[i].value, err = l.strings(v[i].value, of); err != nil {
				return nil, err
			}
		}
	}
	return o, nil
}
