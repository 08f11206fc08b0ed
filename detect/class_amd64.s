#include "textflag.h"

// ROW ors one row of the class table, which begins at off, into the class
// bytes Y5 and Y6 of the text bytes Y0 and Y1. Xor with the row's high nibble
// leaves its own bytes below 16; adding 0x70 with saturation then sets the high
// bit of all others, and for those VPSHUFB gives 0.
#define ROW(off) \
	VPXOR    off(SI), Y0, Y2     \
	VPXOR    off(SI), Y1, Y3     \
	VPADDUSB Y15, Y2, Y2         \
	VPADDUSB Y15, Y3, Y3         \
	VMOVDQU  (off+32)(SI), Y4    \
	VPSHUFB  Y2, Y4, Y2          \
	VPSHUFB  Y3, Y4, Y3          \
	VPOR     Y2, Y5, Y5          \
	VPOR     Y3, Y6, Y6

// PLANE stores the mask of one plane, the high bits of the class bytes, and
// moves the next plane's bits up.
#define PLANE(p) \
	VPMOVMSKB Y5, AX             \
	VPMOVMSKB Y6, DX             \
	SHLQ      $32, DX            \
	ORQ       DX, AX             \
	MOVQ      AX, (8*p)(DI)      \
	VPADDB    Y5, Y5, Y5         \
	VPADDB    Y6, Y6, Y6

// func classifyAVX2(dst *[planes]uint64, text *byte, blocks int, rows *vectorRows)
TEXT ·classifyAVX2(SB), NOSPLIT, $0-32
	MOVQ    dst+0(FP), DI
	MOVQ    text+8(FP), BX
	MOVQ    blocks+16(FP), CX
	MOVQ    rows+24(FP), SI
	MOVL    $0x70707070, AX
	VMOVD   AX, X15
	VPBROADCASTD X15, Y15
	VPXOR   Y13, Y13, Y13
	VMOVDQU (SI), Y14        // the classes of a byte beyond ASCII
	ADDQ    $32, SI

block:
	VMOVDQU  (BX), Y0
	VMOVDQU  32(BX), Y1
	VPCMPGTB Y0, Y13, Y5     // the sign is the high bit
	VPCMPGTB Y1, Y13, Y6
	VPAND    Y14, Y5, Y5
	VPAND    Y14, Y6, Y6
	ROW(0)
	ROW(64)
	ROW(128)
	ROW(192)
	ROW(256)
	ROW(320)
	ROW(384)
	ROW(448)
	PLANE(7)
	PLANE(6)
	PLANE(5)
	PLANE(4)
	PLANE(3)
	PLANE(2)
	PLANE(1)
	PLANE(0)
	ADDQ $64, BX
	ADDQ $64, DI
	DECQ CX
	JNZ  block
	VZEROUPPER
	RET
