package extract

// everybody is the password of workbooks that are locked for nobody: Excel
// uses it where a person protects the layout of a workbook, and opens the file
// without asking.
const everybody = "VelvetSweatshop"

// bookKey unlocks the records of a workbook: [MS-XLS] 2.2.10.
type bookKey struct {
	rc4 *rc4Key
	xor *xorKey // where rc4 is nil
}

// unlockBook finds the key; nil if no password fits.
func (in *Input) unlockBook(filePass []byte, version int) *bookKey {
	xor := filePass
	if version >= 8 {
		if u16(filePass, 0) == 1 {
			info := filePass[2:]
			k := openRC4(info, everybody, 10)
			if k == nil {
				k = in.findRC4(info, 10)
			}
			if k == nil {
				return nil
			}
			return &bookKey{rc4: k}
		}
		xor = filePass[min(2, len(filePass)):]
	}
	k := openXOR(everybody, u16(xor, 0), u16(xor, 2), false)
	if k == nil {
		in.password(cheapTry, func(p string) bool {
			k = openXOR(p, u16(xor, 0), u16(xor, 2), false)
			return k != nil
		})
	}
	if k == nil {
		return nil
	}
	return &bookKey{xor: k}
}

// record unlocks the data of a record, as far as it is locked.
func (k *bookKey) record(kind int, data []byte, at int64) {
	skip := 0
	switch kind {
	case 0x809, 0x02F, 0x0E1, 0x194, 0x195, 0x196, 0x138:
		return
	case 0x085: // where the sheet begins
		skip = min(len(data), 4)
	}
	k.apply(data[skip:], at+int64(skip), int64(len(data)))
}

// apply unlocks what stands at an offset of the stream, in a record of that
// size: the mask begins where the record ends.
func (k *bookKey) apply(b []byte, at, size int64) {
	if k.rc4 != nil {
		k.rc4.apply(b, at)
		return
	}
	k.xor.apply(b, at+size)
}
