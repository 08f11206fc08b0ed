import java.io.FileInputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

/** Says of each file whether it keeps PDF/UA-1 and PDF/A-2a, and what it does not keep. */
class VeraPDF {
    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        int bad = 0;
        for (String file : files) {
            for (String id : new String[] {"ua1", "2a"}) {
                var flavour = PDFAFlavour.byFlavourId(id);
                try (var parser = Foundries.defaultInstance().createParser(new FileInputStream(file), flavour)) {
                    var result = Foundries.defaultInstance().createValidator(flavour, false).validate(parser);
                    if (result.isCompliant()) continue;
                    bad++;
                    for (var a : result.getTestAssertions())
                        if (a.getStatus() == TestAssertion.Status.FAILED)
                            System.out.println(file + " " + id + " " + a.getRuleId().getClause() + ": " + a.getMessage());
                }
            }
        }
        System.out.println(files.length + " files held against PDF/UA-1 and PDF/A-2a: " + bad + " failures");
        System.exit(bad == 0 ? 0 : 1);
    }
}
