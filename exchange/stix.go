package exchange

import (
	"encoding/json"
	"time"
)

// stixCore is the core extension of STIX 2.1's incident, by OASIS:
// cti-stix-common-objects, incident-core.
const stixCore = "extension-definition--ef765651-680c-498d-9894-99799f2fa126"

// stixTime is how STIX writes a time.
const stixTime = "2006-01-02T15:04:05.000Z"

// STIX writes an incident as a STIX 2.1 bundle of one incident object, marked
// TLP:AMBER+STRICT, with the core extension.
func STIX(i Incident) ([]byte, error) {
	made := i.Made.UTC().Format(stixTime)
	core := map[string]any{"extension_type": "property-extension", "determination": i.determination(true), "investigation_status": i.status()}
	if t := i.incidentType(); t != "" {
		core["incident_types"] = []string{t}
	}
	var impacts []map[string]any
	for _, information := range i.information() {
		impact := map[string]any{"information_type": information, "loss_type": i.loss()}
		if p := i.People; p != nil && p.Lower == p.Upper {
			impact["record_count"] = p.Lower
		}
		impacts = append(impacts, impact)
	}
	if impacts != nil {
		core["confidentiality_impacts"] = impacts
	}
	if p := i.People; p != nil && p.Lower == p.Upper {
		core["impacted_entity_counts"] = map[string]any{"individual": p.Lower}
	}
	incident := map[string]any{"type": "incident", "spec_version": "2.1", "id": "incident--" + UUID(i.ID, "stix"), "created": made, "modified": made,
		"name": "Personal data breach", "object_marking_refs": []string{tlpAmberStrict}, "extensions": map[string]any{stixCore: core}}
	bundle := map[string]any{"type": "bundle", "id": "bundle--" + UUID(i.ID, "stix", "bundle", made), "objects": []any{marking(), incident}}
	return json.MarshalIndent(bundle, "", "\t")
}

// tlpAmberStrict is the marking of FIRST's TLP 2.0 that lets it go no further than
// the organisation that gets it.
const tlpAmberStrict = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"

// marking is the definition that the id above stands for, as OASIS published it.
func marking() map[string]any {
	return map[string]any{"type": "marking-definition", "spec_version": "2.1", "id": tlpAmberStrict,
		"created": time.Date(2022, 10, 1, 0, 0, 0, 0, time.UTC).Format(stixTime), "name": "TLP:AMBER+STRICT",
		"extensions": map[string]any{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": map[string]any{
			"extension_type": "property-extension", "tlp_2_0": "amber+strict"}}}
}
