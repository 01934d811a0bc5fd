namespace SegML.Masks;

/// <summary>
/// Unicode's composition of letters with the marks behind them, for the basic plane (Unicode Standard, sections 3.11 and 3.12). .NET leaves it
/// to ICU, which apps of invariant globalization do without, as segml does: <see cref="string.Normalize()"/> returns its input there.
/// </summary>
internal static class UnicodeComposition
{
    private const char FirstLead = '\u1100', FirstVowel = '\u1161', FirstTail = '\u11A7', FirstSyllable = '\uAC00';
    private const int Leads = 19, Vowels = 21, Tails = 28;

    // Each mark with the letters that it combines with, each followed by what they make together.
    private static readonly (char Mark, string Pairs)[] _marks =
    [
        ('\u0300', "AÀEÈIÌNǸOÒUÙWẀYỲaàeèiìnǹoòuùwẁyỳ¨῭ÂẦÊỀÔỒÜǛâầêềôồüǜĂẰăằĒḔēḕŌṐōṑƠỜơờƯỪưừΑᾺΕῈΗῊΙῚΟῸΥῪΩῺαὰεὲηὴιὶοὸυὺωὼϊῒ"
            + "ϋῢЕЀИЍеѐиѝἀἂἁἃἈἊἉἋἐἒἑἓἘἚἙἛἠἢἡἣἨἪἩἫἰἲἱἳἸἺἹἻὀὂὁὃὈὊὉὋὐὒὑὓὙὛὠὢὡὣὨὪὩὫ᾿῍῾῝"),
        ('\u0301', "AÁCĆEÉGǴIÍKḰLĹMḾNŃOÓPṔRŔSŚUÚWẂYÝZŹaácćeégǵiíkḱlĺmḿnńoópṕrŕsśuúwẃyýzź¨΅ÂẤÅǺÆǼÇḈÊẾÏḮÔỐÕṌØǾÜǗâấåǻæǽçḉêế"
            + "ïḯôốõṍøǿüǘĂẮăắĒḖēḗŌṒōṓŨṸũṹƠỚơớƯỨưứΑΆΕΈΗΉΙΊΟΌΥΎΩΏαάεέηήιίοόυύωώϊΐϋΰϒϓГЃКЌгѓкќἀἄἁἅἈἌἉἍἐἔἑἕἘἜἙἝἠἤἡἥἨἬἩἭ"
            + "ἰἴἱἵἸἼἹἽὀὄὁὅὈὌὉὍὐὔὑὕὙὝὠὤὡὥὨὬὩὭ᾿῎῾῞"),
        ('\u0302', "AÂCĈEÊGĜHĤIÎJĴOÔSŜUÛWŴYŶZẐaâcĉeêgĝhĥiîjĵoôsŝuûwŵyŷzẑẠẬạậẸỆẹệỌỘọộ"),
        ('\u0303', "AÃEẼIĨNÑOÕUŨVṼYỸaãeẽiĩnñoõuũvṽyỹÂẪÊỄÔỖâẫêễôỗĂẴăẵƠỠơỡƯỮưữ"),
        ('\u0304', "AĀEĒGḠIĪOŌUŪYȲaāeēgḡiīoōuūyȳÄǞÆǢÕȬÖȪÜǕäǟæǣõȭöȫüǖǪǬǫǭȦǠȧǡȮȰȯȱΑᾹΙῙΥῩαᾱιῑυῡИӢУӮиӣуӯḶḸḷḹṚṜṛṝ"),
        ('\u0306', "AĂEĔGĞIĬOŎUŬaăeĕgğiĭoŏuŭȨḜȩḝΑᾸΙῘΥῨαᾰιῐυῠАӐЕӖЖӁИЙУЎаӑеӗжӂийуўẠẶạặ"),
        ('\u0307', "AȦBḂCĊDḊEĖFḞGĠHḢIİMṀNṄOȮPṖRṘSṠTṪWẆXẊYẎZŻaȧbḃcċdḋeėfḟgġhḣmṁnṅoȯpṗrṙsṡtṫwẇxẋyẏzżŚṤśṥŠṦšṧſẛṢṨṣṩ"),
        ('\u0308', "AÄEËHḦIÏOÖUÜWẄXẌYŸaäeëhḧiïoötẗuüwẅxẍyÿÕṎõṏŪṺūṻΙΪΥΫιϊυϋϒϔІЇАӒЕЁЖӜЗӞИӤОӦУӰЧӴЫӸЭӬаӓеёжӝзӟиӥоӧуӱчӵыӹэӭії"
            + "ӘӚәӛӨӪөӫ"),
        ('\u0309', "AẢEẺIỈOỎUỦYỶaảeẻiỉoỏuủyỷÂẨÊỂÔỔâẩêểôổĂẲăẳƠỞơởƯỬưử"),
        ('\u030A', "AÅUŮaåuůwẘyẙ"),
        ('\u030B', "OŐUŰoőuűУӲуӳ"),
        ('\u030C', "AǍCČDĎEĚGǦHȞIǏKǨLĽNŇOǑRŘSŠTŤUǓZŽaǎcčdďeěgǧhȟiǐjǰkǩlľnňoǒrřsštťuǔzžÜǙüǚƷǮ\u0292ǯ"),
        ('\u030F', "AȀEȄIȈOȌRȐUȔaȁeȅiȉoȍrȑuȕѴѶѵѷ"),
        ('\u0311', "AȂEȆIȊOȎRȒUȖaȃeȇiȋoȏrȓuȗ"),
        ('\u0313', "ΑἈΕἘΗἨΙἸΟὈΩὨαἀεἐηἠιἰοὀρῤυὐωὠ"),
        ('\u0314', "ΑἉΕἙΗἩΙἹΟὉΡῬΥὙΩὩαἁεἑηἡιἱοὁρῥυὑωὡ"),
        ('\u031B', "OƠUƯoơuư"),
        ('\u0323', "AẠBḄDḌEẸHḤIỊKḲLḶMṂNṆOỌRṚSṢTṬUỤVṾWẈYỴZẒaạbḅdḍeẹhḥiịkḳlḷmṃnṇoọrṛsṣtṭuụvṿwẉyỵzẓƠỢơợƯỰưự"),
        ('\u0324', "UṲuṳ"),
        ('\u0325', "AḀaḁ"),
        ('\u0326', "SȘTȚsștț"),
        ('\u0327', "CÇDḐEȨGĢHḨKĶLĻNŅRŖSŞTŢcçdḑeȩgģhḩkķlļnņrŗsştţ"),
        ('\u0328', "AĄEĘIĮOǪUŲaąeęiįoǫuų"),
        ('\u032D', "DḒEḘLḼNṊTṰUṶdḓeḙlḽnṋtṱuṷ"),
        ('\u032E', "HḪhḫ"),
        ('\u0330', "EḚIḬUṴeḛiḭuṵ"),
        ('\u0331', "BḆDḎKḴLḺNṈRṞTṮZẔbḇdḏhẖkḵlḻnṉrṟtṯzẕ"),
        ('\u0338', "\u003C\u226E\u003D\u2260\u003E\u226F\u2190\u219A\u2192\u219B\u2194\u21AE\u21D0\u21CD\u21D2\u21CF"
            + "\u21D4\u21CE\u2203\u2204\u2208\u2209\u220B\u220C\u2223\u2224\u2225\u2226\u223C\u2241\u2243\u2244"
            + "\u2245\u2247\u2248\u2249\u224D\u226D\u2261\u2262\u2264\u2270\u2265\u2271\u2272\u2274\u2273\u2275"
            + "\u2276\u2278\u2277\u2279\u227A\u2280\u227B\u2281\u227C\u22E0\u227D\u22E1\u2282\u2284\u2283\u2285"
            + "\u2286\u2288\u2287\u2289\u2291\u22E2\u2292\u22E3\u22A2\u22AC\u22A8\u22AD\u22A9\u22AE\u22AB\u22AF"
            + "\u22B2\u22EA\u22B3\u22EB\u22B4\u22EC\u22B5\u22ED"),
        ('\u0342', "¨῁αᾶηῆιῖυῦωῶϊῗϋῧἀἆἁἇἈἎἉἏἠἦἡἧἨἮἩἯἰἶἱἷἸἾἹἿὐὖὑὗὙὟὠὦὡὧὨὮὩὯ᾿῏῾῟"),
        ('\u0345', "ΑᾼΗῌΩῼάᾴήῄαᾳηῃωῳώῴἀᾀἁᾁἂᾂἃᾃἄᾄἅᾅἆᾆἇᾇἈᾈἉᾉἊᾊἋᾋἌᾌἍᾍἎᾎἏᾏἠᾐἡᾑἢᾒἣᾓἤᾔἥᾕἦᾖἧᾗἨᾘἩᾙἪᾚἫᾛἬᾜἭᾝἮᾞἯᾟὠᾠὡᾡὢᾢὣᾣὤᾤὥᾥὦᾦὧᾧὨᾨ"
            + "ὩᾩὪᾪὫᾫὬᾬὭᾭὮᾮὯᾯὰᾲὴῂὼῲᾶᾷῆῇῶῷ"),
        ('\u0653', "\u0627\u0622"),
        ('\u0654', "\u0627\u0623\u0648\u0624\u064A\u0626\u06C1\u06C2\u06D2\u06D3\u06D5\u06C0"),
        ('\u0655', "\u0627\u0625"),
        ('\u093C', "\u0928\u0929\u0930\u0931\u0933\u0934"),
        ('\u09BE', "\u09C7\u09CB"),
        ('\u09D7', "\u09C7\u09CC"),
        ('\u0B3E', "\u0B47\u0B4B"),
        ('\u0B56', "\u0B47\u0B48"),
        ('\u0B57', "\u0B47\u0B4C"),
        ('\u0BBE', "\u0BC6\u0BCA\u0BC7\u0BCB"),
        ('\u0BD7', "\u0B92\u0B94\u0BC6\u0BCC"),
        ('\u0C56', "\u0C46\u0C48"),
        ('\u0CC2', "\u0CC6\u0CCA"),
        ('\u0CD5', "\u0CBF\u0CC0\u0CC6\u0CC7\u0CCA\u0CCB"),
        ('\u0CD6', "\u0CC6\u0CC8"),
        ('\u0D3E', "\u0D46\u0D4A\u0D47\u0D4B"),
        ('\u0D57', "\u0D46\u0D4C"),
        ('\u0DCA', "\u0DD9\u0DDA\u0DDC\u0DDD"),
        ('\u0DCF', "\u0DD9\u0DDC"),
        ('\u0DDF', "\u0DD9\u0DDE"),
        ('\u102E', "\u1025\u1026"),
        ('\u1B35', "\u1B05\u1B06\u1B07\u1B08\u1B09\u1B0A\u1B0B\u1B0C\u1B0D\u1B0E\u1B11\u1B12\u1B3A\u1B3B\u1B3C\u1B3D"
            + "\u1B3E\u1B40\u1B3F\u1B41\u1B42\u1B43"),
        ('\u3099', "うゔかがきぎくぐけげこごさざしじすずせぜそぞただちぢつづてでとどはばひびふぶへべほぼゝゞウヴカガキギクグケゲコゴサザシジスズセゼソゾタダチヂツヅテデトドハバヒビフブヘベホボワヷヰヸヱヹヲヺヽヾ"),
        ('\u309A', "はぱひぴふぷへぺほぽハパヒピフプヘペホポ"),
    ];

    private static readonly Dictionary<(char Letter, char Mark), char> _composed = All();

    /// <summary>A text whose letters and marks are composed as far as there are characters for them.</summary>
    public static string Compose(string text)
    {
        var composed = new char[text.Length];
        int length = 0;
        foreach (char c in text)
        {
            if (length > 0 && Composed(composed[length - 1], c) is { } both)
            {
                composed[length - 1] = both;
            }
            else
            {
                composed[length++] = c;
            }
        }
        return new string(composed, 0, length);
    }

    private static char? Composed(char first, char second)
    {
        int lead = first - FirstLead, vowel = second - FirstVowel, syllable = first - FirstSyllable, tail = second - FirstTail;
        return lead is >= 0 and < Leads && vowel is >= 0 and < Vowels ? (char)(FirstSyllable + (lead * Vowels + vowel) * Tails)
            : syllable >= 0 && syllable < Leads * Vowels * Tails && syllable % Tails == 0 && tail is > 0 and < Tails ? (char)(first + tail)
            : _composed.TryGetValue((first, second), out char both) ? both : null;
    }

    private static Dictionary<(char Letter, char Mark), char> All()
    {
        var all = new Dictionary<(char Letter, char Mark), char>();
        foreach ((char mark, string pairs) in _marks)
        {
            for (int i = 0; i < pairs.Length; i += 2)
            {
                all.Add((pairs[i], mark), pairs[i + 1]);
            }
        }
        return all;
    }
}
