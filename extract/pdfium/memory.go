package pdfium

// heap is linear memory that is copied when it grows.
type heap struct{ b []byte }

// Reallocate makes the memory larger.
func (h *heap) Reallocate(size uint64) []byte {
	if size > uint64(cap(h.b)) {
		bigger := make([]byte, size)
		copy(bigger, h.b)
		h.b = bigger
	}
	h.b = h.b[:size]
	return h.b
}

// Free leaves the memory to the collector.
func (h *heap) Free() { h.b = nil }
