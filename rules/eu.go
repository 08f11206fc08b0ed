package rules

// What holds in every member state.

var (
	gdprFrom = day(2018, 5, 25) // GDPR art. 99(2)

	gdpr33 = Rule{
		ID: "gdpr-33", Law: "GDPR art. 33(1)", Of: Controller, Toward: Supervisor, Start: Aware,
		Within: Period{Hours: 72}, // GDPR art. 33(1)
		When:   UnlessNoRisk, From: gdprFrom, LateReason: true,
	}
	gdpr33processor = Rule{
		ID: "gdpr-33-2", Law: "GDPR art. 33(2)", Of: Processor, Toward: Controller, Start: ProcessorAware,
		When: Always, From: gdprFrom, // "without undue delay"; the risk is not the processor's to judge (EDPB 9/2022)
	}
	gdpr34 = Rule{
		ID: "gdpr-34", Law: "GDPR art. 34(1)", Of: Controller, Toward: Person, Start: Aware,
		When: HighRisk, From: gdprFrom, // "without undue delay"
	}
	// The Commission's proposal of 19 November 2025, not adopted: high risk
	// alone, 96 hours, through a single entry point.
	omnibus = Rule{
		ID: "omnibus-33", Law: "GDPR art. 33(1) as proposed on 19 November 2025", Of: Controller, Toward: Supervisor, Start: Aware,
		Within: Period{Hours: 96}, When: HighRisk, From: gdprFrom, LateReason: true, Proposed: true,
	}
)

// gdpr is the rules of the GDPR, and what is proposed to change.
var gdpr = []Rule{gdpr33, gdpr33processor, gdpr34, omnibus}
