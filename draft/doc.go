// Package draft fills in what the authorities ask after a breach, and says of
// every answer where it comes from: counted in the evidence, entered by
// somebody, derived by a rule, or still open and why.
//
// The model is the common template of the EDPB (version 1.0, 8 June 2026). Its
// fields, their conditions and their wording are data, in data/fields.tsv and
// data/options.tsv; so are the forms of each authority, in data/shapes. [Fill]
// makes a [Draft] of a [Case]; [Missing], [Ready], [Check] and [Compare] hold
// it against what is asked, said and sent before; [Draft.Form] lays it out as
// one authority wants it, and a [Form] is written as HTML, DOCX or ODT.
//
// Nothing here decides: severity and risk come in as somebody judged them.
package draft
