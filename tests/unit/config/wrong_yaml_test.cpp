#include "unit/config/rejection.hpp"

namespace konduit::config::testing {
namespace {

constexpr WrongDocument kDocuments[] = {
    {"Empty", "", "1:1: error: the document is empty\n"},
    {"OnlyComments", "# nothing\n\n", "1:1: error: the document is empty\n"},
    {"OnlyNull", "~\n", "1:1: error: the document is empty\n"},
    {"OnlyACommaWhichMakesYamlCppEatAllMemory", ",", "1:1: error: text is left over after the document\n"},
    {"ManyCommas", ",,,,\n,,\n", "1:1: error: text is left over after the document\n"},
    {"CommaAfterTheDocument", "{a: b}\n,\n", "2:1: error: text is left over after the document\n"},
    {"SecondDocument", "a: b\n---\nc: d\n", "2:1: error: a second document begins; a file holds one\n"},
    {"EmptySecondDocument", "a: b\n---\n", "2:1: error: a second document begins; a file holds one\n"},
    {"TextAfterTheEndMarker", "a: b\n...\nc: d\n", "3:1: error: text is left over after the document\n"},
    {"Alias", "a: &x 1\nb: *x\n",
     "1:4: error: a: anchors (&x) are not supported; write the value out where it is needed\n"
     "2:4: error: b: aliases (*name) are not supported; write the value out\n"},
    {"AliasOfNothing", "a: *x\n",
     "1:4: error: not valid YAML: aliases (*name) are not supported; write the value out\n"},
    {"ListAsKey", "? [a]\n: b\n", "1:3: error: a key must be a word, found a list\n"},
    {"MapAsKey", "{{a: b}: c}\n", "1:2: error: a key must be a word, found a map\n"},
    {"NoKey", ": b\n", "1:1: error: a key is missing before the ':'\n"},
    {"OpenMap", "a: {b: c\n", "2:1: error: not valid YAML: a '{' is not closed, or a ',' is missing\n"},
    {"OpenList", "a: [b, c\n", "2:1: error: not valid YAML: a '[' is not closed, or a ',' is missing\n"},
    {"OpenQuote", "\"a\": \"b", "1:8: error: not valid YAML: a quote is not closed\n"},
    {"StrayBracket", "a: b\n]\n", "2:1: error: not valid YAML: a '}' or ']' that nothing opened\n"},
    {"TwoColons", "a: b: c\n", "1:5: error: not valid YAML: a ':' too many, or a value that needs quotes\n"},
    {"WrongIndentation", "a:\n    b: 1\n  c: 2\n",
     "3:3: error: not valid YAML: the map ends unexpectedly; is this line indented as its neighbours are?\n"},
    {"Tab", "a:\n\tb: 1\n", "2:3: error: not valid YAML: a tab indents this line; use spaces\n"},
    {"ReservedCharacter", "a: @x\n",
     "1:4: error: not valid YAML: a value cannot begin with this character; put it in quotes\n"},
    {"ControlCharacter", "a: b\nc: \x04\n", "2:4: error: the control character 0x04 is not allowed\n"},
    {"NotUtf8", "a: \xC3\x28\n", "1:4: error: the byte 0xC3 is not UTF-8 here\n"},
    {"EscapeOfWhichYamlCppMakesNoCharacter", "a: \"\\N\"\n",
     "1:4: error: a: the escapes \\N and \\_ are not supported; write \\x85 or \\xA0\n"},
    {"OtherEscapeOfThatKind", "\"\\_\": b\n",
     "1:1: error: the escapes \\N and \\_ are not supported; write \\x85 or \\xA0\n"},
    {"OtherYaml", "%YAML 3.0\n---\na: b\n", "1:1: error: not valid YAML: YAML major version too large\n"},
    {"OnlyText", "hello\n", "1:1: error: the document must be a map with apiVersion and pipelines, found \"hello\"\n"},
    {"OnlyAList", "- a\n", "1:1: error: the document must be a map with apiVersion and pipelines, found a list\n"},
};

class WrongYaml : public ::testing::TestWithParam<WrongDocument> {};

TEST_P(WrongYaml, IsRefusedWithItsPosition) { EXPECT_EQ(rejection_of(GetParam().document), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(Documents, WrongYaml, ::testing::ValuesIn(kDocuments), name_of);

}  // namespace
}  // namespace konduit::config::testing
