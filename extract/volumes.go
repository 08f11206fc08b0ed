package extract

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"sort"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// Volume is one of the files that something was cut into.
type Volume struct {
	File   io.ReaderAt
	Size   int64
	Number int // from 1, larger than that of the volume before; what is left out is missing
}

// joined reads volumes as the one file that they are pieces of. A volume that
// is missing between two is a hole as large as the first: who reads in it meets
// a Gap.
type joined struct {
	volumes []Volume
	starts  []int64
	size    int64
}

// join joins volumes; nil where there is nothing to join, or more than any disk
// holds.
func join(volumes []Volume) *joined {
	if len(volumes) < 2 {
		return nil
	}
	j := &joined{volumes: numbered(volumes)}
	volumes = j.volumes
	for i, v := range volumes {
		hole := int64(0)
		if i > 0 {
			hole = int64(v.Number - volumes[i-1].Number - 1)
		}
		if hole < 0 || v.Size < 0 || v.Size > maxVolumeSize || v.Number-volumes[0].Number > MaxVolumes {
			return nil
		}
		j.size += hole * volumes[0].Size
		j.starts = append(j.starts, j.size)
		j.size += v.Size
	}
	return j
}

// ReadAt implements io.ReaderAt.
func (j *joined) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		at := off + int64(n)
		i := sort.Search(len(j.starts), func(i int) bool { return j.starts[i] > at }) - 1
		if i < 0 {
			return n, io.ErrUnexpectedEOF // before the start
		}
		within, v := at-j.starts[i], j.volumes[i]
		switch {
		case within < v.Size:
		case i == len(j.volumes)-1:
			return n, io.EOF
		default:
			return n, gap(breach.MissingVolume)
		}
		part := p[n:min(len(p), n+int(min(v.Size-within, math.MaxInt32)))]
		got, err := v.File.ReadAt(part, within)
		n += got
		if got < len(part) {
			return n, unexpected(err)
		}
	}
	return n, nil
}

// start is where the volume with a number begins, as far as that can be told.
func (j *joined) start(number int) (int64, bool) {
	i := sort.Search(len(j.volumes), func(i int) bool { return j.volumes[i].Number >= number })
	if i == len(j.volumes) {
		return 0, false
	}
	return j.starts[i] - int64(j.volumes[i].Number-number)*j.volumes[0].Size, true
}

// missing numbers the volumes that are missing before the last.
func (j *joined) missing() *ranges {
	r, next := &ranges{}, 1
	for _, v := range j.volumes {
		for ; next < v.Number; next++ {
			r.add(int64(next))
		}
		next = v.Number + 1
	}
	return r
}

// outcome says in an outcome which volumes are missing.
func (j *joined) outcome(o breach.Outcome) breach.Outcome {
	if o.Missing == theRest {
		o.Missing = ""
	}
	switch r := j.missing(); {
	case r.n > 0:
		if o.State == breach.Read {
			o.State, o.Reason = breach.Partly, breach.MissingVolume
		}
		if o.Reason == breach.Truncated || o.Reason == breach.Malformed {
			o.Reason = breach.MissingVolume
		}
		o.Missing = strings.TrimSuffix("volumes "+r.String()+"; "+o.Missing, "; ")
	case o.Missing == "" && (o.Reason == breach.Truncated || o.Reason == breach.MissingVolume):
		o.Reason, o.Missing = breach.MissingVolume, fmt.Sprintf("volumes %d on", j.volumes[len(j.volumes)-1].Number+1)
	case o.Missing == "" && o.State == breach.Partly:
		o.Missing = theRest
	}
	return o
}

// numbered gives the last volume of a ZIP file the number that the file says it
// has: by its name alone nobody knows how many stand before it.
func numbered(volumes []Volume) []Volume {
	last := len(volumes) - 1
	v := volumes[last]
	if v.Size <= 0 || volumes[0].Number != 1 {
		return volumes
	}
	var head [2]byte
	if _, err := volumes[0].File.ReadAt(head[:], 0); err != nil || string(head[:]) != "PK" {
		return volumes
	}
	tail := make([]byte, min(v.Size, zipEnd+math.MaxUint16))
	n, _ := v.File.ReadAt(tail, v.Size-int64(len(tail))) // what there is
	i := bytes.LastIndex(tail[:n], []byte("PK\x05\x06"))
	if i < 0 || n-i < zipEnd {
		return volumes
	}
	number := int(binary.LittleEndian.Uint16(tail[i+4:])) + 1
	if number <= v.Number || number > MaxVolumes {
		return volumes
	}
	volumes = append([]Volume(nil), volumes...)
	volumes[last].Number = number
	return volumes
}
